#pragma once
#include <optional>
#include <string>
#include <sys/types.h>

namespace talos::client {

/// Data of the same config in a directory that earlier versions used (config::former_data_directory). It is reported, but neither
/// used nor moved.
struct FormerData {
    enum class What {
        runs,         ///< a talosd with that config is running
        died,         ///< a talosd was killed and nothing has cleaned up since; its workers may be alive
        other_runs,   ///< a talosd with another config or without one is running; not an obstacle
        files         ///< history and logs of a stopped talosd
    };
    What what = What::files;
    std::string path;
    pid_t pid = 0;   ///< with runs and other_runs
};

/// Describes the data in `path`; nullopt if there are none or if they belong to a config in that directory. History and logs
/// count only until `data_dir` has a history of its own. A directory that others can write to is not trusted.
[[nodiscard]] std::optional<FormerData> find_former_data(const std::string& path, const std::string& config_path,
                                                         const std::string& data_dir);

/// Whether a start would run the workers twice.
[[nodiscard]] inline bool prevents_start(const FormerData& data) {
    return data.what == FormerData::What::runs || data.what == FormerData::What::died;
}

/// One sentence with what to do. `data_dir` is the current data directory.
[[nodiscard]] std::string to_text(const FormerData& data, const std::string& data_dir);

}   // namespace talos::client

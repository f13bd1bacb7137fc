#pragma once
#include <optional>
#include <string>
#include <sys/types.h>

namespace talos::client {

/// The same config can have data in another directory than its present one (config::former_data_directory). What is there is named; it is
/// neither used nor moved.
struct FormerData {
    enum class What {
        runs,         ///< a talosd with that config
        died,         ///< one was killed there, and no start or stop has cleaned up since: its workers may live
        other_runs,   ///< a talosd with another config or without one; no obstacle
        files         ///< history and logs of one that was stopped
    };
    What what = What::files;
    std::string path;
    pid_t pid = 0;   ///< with runs and other_runs
};

/// What is in `path`; nothing where it is empty, has no data, or has those of a config that stands beside it. Files of the past count
/// only until `data_dir` has a history of its own. A directory that others could have written is not believed.
[[nodiscard]] std::optional<FormerData> find_former_data(const std::string& path, const std::string& config_path,
                                                         const std::string& data_dir);

/// Whether a start would make a second stack beside the workers of that one.
[[nodiscard]] inline bool prevents_start(const FormerData& data) {
    return data.what == FormerData::What::runs || data.what == FormerData::What::died;
}

/// One sentence with what to do about it. `data_dir`: where the data are kept now.
[[nodiscard]] std::string to_text(const FormerData& data, const std::string& data_dir);

}   // namespace talos::client

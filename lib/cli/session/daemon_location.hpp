#pragma once
#include "cli/command_line/options.hpp"
#include "config/document/locate.hpp"
#include "config/files/config_file.hpp"
#include "config/load/parse.hpp"
#include "core/result.hpp"
#include <optional>
#include <string>

namespace talos::cli {

/// The locations of config and daemon, found in the same order that talosd uses.
struct DaemonLocation {
    config::Candidates candidates;
    std::string config_path;   ///< the selected config, absolute; empty: none was found or none was needed
    std::string config_text;
    /// The named config is missing, the selected one cannot be read, or the paths depend on a deleted working directory.
    std::optional<Failure> config_failure;
    std::string data_dir;          ///< absolute; a guess if config_failure is set and nothing else names it
    std::string former_dir;        ///< another directory that may contain data of this config; empty: none
    bool data_dir_named = false;   ///< set by --data-dir or $TALOS_DATA_DIR: the config does not matter
    config::ConfigFiles files;     ///< reads configs by talosd's rules
};

enum class Need { data_dir, config };

/// Reads configs by talosd's rules: root trusts no dataDir, controlSocket or config of another user (see ConfigFiles). In a
/// container whose PID 1 is talosd, talosctl follows the rules of that talosd.
[[nodiscard]] config::ConfigFiles config_files(const GlobalOptions& options);

/// Reads the config only if it is needed. An invalid config still provides its dataDir.
[[nodiscard]] DaemonLocation locate(const GlobalOptions& options, Need need);

/// The config without secrets from the files that it names: a user who needs only names and paths may not have permission to read
/// those files.
[[nodiscard]] config::Parsed names_and_places(const DaemonLocation& location);

/// What a talosd with this config has left, or still runs, in another data directory: a sentence with what to do. nullopt if
/// there is nothing.
[[nodiscard]] std::optional<std::string> former_data_sentence(const DaemonLocation& location);

/// The config named by an option or $TALOS_CONFIG if it is not the file `runs_with`, which talosd has loaded; empty otherwise.
[[nodiscard]] std::string other_config(const DaemonLocation& location, const std::string& runs_with);

/// `path` relative to the working directory if it is inside it.
[[nodiscard]] std::string display_path(const std::string& path);

/// The talosd next to this binary, else from the absolute directories in PATH; empty if there is none.
[[nodiscard]] std::string find_talosd();

}   // namespace talos::cli

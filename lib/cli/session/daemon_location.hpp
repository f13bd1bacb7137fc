#pragma once
#include "cli/command_line/options.hpp"
#include "config/document/locate.hpp"
#include "config/files/config_file.hpp"
#include "config/load/parse.hpp"
#include "core/result.hpp"
#include <optional>
#include <string>

namespace talos::cli {

/// Where the config and the daemon are, found in the order that talosd uses.
struct DaemonLocation {
    config::Candidates candidates;
    std::string config_path;   ///< the one that is used, absolute; empty: none was looked for or found
    std::string config_text;
    std::optional<Failure>
        config_failure;       ///< the named one is missing, the one to be used cannot be read, or where they are depends on a
                              ///< working directory that was deleted
    std::string data_dir;     ///< absolute; a guess when config_failure is set and nothing else names it
    std::string former_dir;   ///< where else a talosd with this config may keep its data; empty: nowhere
    bool data_dir_named = false;   ///< by --data-dir or $TALOS_DATA_DIR: the config has no say
    config::ConfigFiles files;     ///< reads configs by talosd's rule
};

enum class Need { data_dir, config };

/// Reads configs by the rule that talosd has: root believes no dataDir, controlSocket or config of another user (see ConfigFiles). In a
/// container whose PID 1 is talosd, that one's rule is talosctl's, too.
[[nodiscard]] config::ConfigFiles config_files(const GlobalOptions& options);

/// Reads the config only when it has a say in what is needed. A config that is broken inside still counts for its dataDir.
[[nodiscard]] DaemonLocation locate(const GlobalOptions& options, Need need);

/// What the config says, without the secrets in the files that it names: who asks for names and places may not be allowed to read them.
[[nodiscard]] config::Parsed names_and_places(const DaemonLocation& location);

/// What a talosd with this config left, or is, in a data directory that is not the present one: a sentence with what to do. Nothing where
/// there is none.
[[nodiscard]] std::optional<std::string> former_data_sentence(const DaemonLocation& location);

/// The config that an option or $TALOS_CONFIG names, when it is not the file that talosd `runs_with`; empty: it is, or none is named.
[[nodiscard]] std::string other_config(const DaemonLocation& location, const std::string& runs_with);

/// `path` relative to the working directory when it is inside, as people would write it.
[[nodiscard]] std::string display_path(const std::string& path);

/// talosd beside our own binary, else from the absolute folders of PATH; empty when there is none.
[[nodiscard]] std::string find_talosd();

}   // namespace talos::cli

#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Where things are looked for (pure: the environment and the working directory are passed in; an empty `cwd` is an unknown one).
namespace talos::config {

using Getenv = std::function<std::optional<std::string>(const char*)>;

/// Config paths to try, in order, absolute. A path from `flag` or `$TALOS_CONFIG` stands alone: it must exist.
/// Else `./talos.json`, `$XDG_CONFIG_HOME/talos/talos.json` (`$HOME/.config` by default), `/etc/talos/talos.json`.
struct Candidates {
    std::vector<std::string> paths;   ///< empty: the named one depends on an unknown `cwd`
    bool named = false;               ///< the user named this one
};
[[nodiscard]] Candidates config_candidates(const std::string& flag, const Getenv& getenv, const std::string& cwd);

/// The data directory, absolute: `flag`, else `$TALOS_DATA_DIR`, else `from_config` (already absolute, may be empty),
/// else `/var/lib/talos` for a config under `/etc`, `$XDG_STATE_HOME/talos` (`$HOME/.local/state/talos` by default) for one under
/// `$XDG_CONFIG_HOME` (`$HOME/.config` by default), else `.talos` beside the config. Without a config, `.talos` in `cwd`.
/// Empty when that depends on an unknown `cwd`.
[[nodiscard]] std::string data_directory(const std::string& flag, const Getenv& getenv, const std::string& from_config,
                                         const std::string& config_path, const std::string& cwd);

/// Where else a talosd with the same config may keep its data: with `from_config`, where they are without that key, which may have been
/// added while it ran; else `.talos` in `cwd`, the last rule of version 0.1.0. Empty where that is the present place, or cannot be known.
[[nodiscard]] std::string former_data_directory(const std::string& flag, const Getenv& getenv, const std::string& from_config,
                                                const std::string& config_path, const std::string& cwd);

/// `path` made absolute against `base`, `.` and `..` resolved in the text only.
[[nodiscard]] std::string absolute_path(const std::string& path, const std::string& base);

/// Whether `path` lies somewhere in `directory`, as far as texts can tell; both absolute.
[[nodiscard]] bool lies_in(const std::string& path, const std::string& directory);

}   // namespace talos::config

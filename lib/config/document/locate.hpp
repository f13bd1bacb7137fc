#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Determines the paths of configs and data directories. Pure: the environment and the working directory are parameters; an empty
/// `cwd` means that it is unknown.
namespace talos::config {

using Getenv = std::function<std::optional<std::string>(const char*)>;

/// The absolute config paths to try, in order. A path from `flag` or `$TALOS_CONFIG` is the only candidate and must exist.
/// Otherwise `./talos.json`, `$XDG_CONFIG_HOME/talos/talos.json` (`$HOME/.config` by default), `/etc/talos/talos.json`.
struct Candidates {
    std::vector<std::string> paths;   ///< empty: the named path depends on an unknown `cwd`
    bool named = false;               ///< named by the user
};
[[nodiscard]] Candidates config_candidates(const std::string& flag, const Getenv& getenv, const std::string& cwd);

/// The absolute data directory: `flag`, otherwise `$TALOS_DATA_DIR`, otherwise `from_config` (already absolute, may be empty),
/// otherwise `/var/lib/talos` for a config below `/etc`, `$XDG_STATE_HOME/talos` (`$HOME/.local/state/talos` by default) for one
/// below `$XDG_CONFIG_HOME` (`$HOME/.config` by default), or `.talos` next to the config. Without a config, `.talos` in `cwd`.
/// Empty if it depends on an unknown `cwd`.
[[nodiscard]] std::string data_directory(const std::string& flag, const Getenv& getenv, const std::string& from_config,
                                         const std::string& config_path, const std::string& cwd);

/// Another directory in which a talosd with the same config may keep its data. With `from_config`, it is the directory without
/// that key, which may have been added while talosd was running. Otherwise it is `.talos` in `cwd`, the last rule of talosd
/// 0.1.0. Empty if that is the current directory or if it is unknown.
[[nodiscard]] std::string former_data_directory(const std::string& flag, const Getenv& getenv, const std::string& from_config,
                                                const std::string& config_path, const std::string& cwd);

/// Makes `path` absolute against `base`. Resolves `.` and `..` textually.
[[nodiscard]] std::string absolute_path(const std::string& path, const std::string& base);

/// Whether `path` is below `directory`, textually. Both must be absolute.
[[nodiscard]] bool lies_in(const std::string& path, const std::string& directory);

}   // namespace talos::config

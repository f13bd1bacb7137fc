#include "config/document/locate.hpp"

#include <algorithm>
#include <string_view>

namespace talos::config {
namespace {

/// The value of a variable that is set and not empty.
std::optional<std::string> nonempty_variable(const Getenv& getenv, const char* name) {
    auto value = getenv(name);
    if (value && value->empty()) value.reset();
    return value;
}

void append_resolved(std::string& resolved, std::string_view path) {
    while (!path.empty()) {
        const auto length = std::min(path.find('/'), path.size());
        const auto part = path.substr(0, length);
        path.remove_prefix(std::min(length + 1, path.size()));
        if (part.empty() || part == ".") continue;
        if (part == "..") {
            resolved.resize(resolved.empty() ? 0 : resolved.rfind('/'));   // the parent of the root is the root
            continue;
        }
        resolved += '/';
        resolved += part;
    }
}

/// Empty for a relative path if the working directory is unknown.
std::string from_here(const std::string& path, const std::string& cwd) {
    return cwd.empty() && !path.starts_with('/') ? std::string() : absolute_path(path, cwd);
}

/// A directory of the XDG Base Directory Specification. A relative value of `variable` is ignored, as the specification requires.
/// Empty if unknown.
std::string xdg_folder(const Getenv& getenv, const char* variable, const std::string& below_home, const std::string& cwd) {
    const auto xdg = nonempty_variable(getenv, variable);
    if (xdg && xdg->starts_with('/')) return absolute_path(*xdg, "/");
    const auto home = nonempty_variable(getenv, "HOME");
    const auto folder = home ? from_here(*home, cwd) : std::string();
    return folder.empty() ? folder : absolute_path(below_home, folder);
}

/// The directory that the user named, or the one for system-wide configs; nullopt for configs that have their own directory.
std::optional<std::string> named_or_of_machine(const std::string& flag, const Getenv& getenv, const std::string& from_config,
                                               const std::string& config, const std::string& cwd) {
    if (!flag.empty()) return from_here(flag, cwd);
    if (const auto named = nonempty_variable(getenv, "TALOS_DATA_DIR")) return from_here(*named, cwd);
    if (!from_config.empty()) return from_here(from_config, cwd);
    if (config.starts_with("/etc/")) return "/var/lib/talos";
    return std::nullopt;
}

}   // namespace

Candidates config_candidates(const std::string& flag, const Getenv& getenv, const std::string& cwd) {
    const auto variable = flag.empty() ? nonempty_variable(getenv, "TALOS_CONFIG") : std::optional(flag);
    if (variable) {
        const auto named = from_here(*variable, cwd);
        return {named.empty() ? std::vector<std::string>() : std::vector{named}, true};
    }
    Candidates candidates;
    if (!cwd.empty()) candidates.paths.push_back(absolute_path("talos.json", cwd));
    const auto configs = xdg_folder(getenv, "XDG_CONFIG_HOME", ".config", cwd);
    if (!configs.empty()) candidates.paths.push_back(absolute_path("talos/talos.json", configs));
    candidates.paths.emplace_back("/etc/talos/talos.json");
    return candidates;
}

std::string data_directory(const std::string& flag, const Getenv& getenv, const std::string& from_config,
                           const std::string& config_path, const std::string& cwd) {
    const auto config = config_path.empty() ? std::string() : from_here(config_path, cwd);
    if (auto named = named_or_of_machine(flag, getenv, from_config, config, cwd)) return *named;
    if (config_path.empty()) return from_here(".talos", cwd);
    if (config.empty()) return {};
    const auto configs = xdg_folder(getenv, "XDG_CONFIG_HOME", ".config", cwd);
    const auto states = xdg_folder(getenv, "XDG_STATE_HOME", ".local/state", cwd);
    if (!configs.empty() && !states.empty() && lies_in(config, configs)) return absolute_path("talos", states);
    return absolute_path("../.talos", config);
}

std::string former_data_directory(const std::string& flag, const Getenv& getenv, const std::string& from_config,
                                  const std::string& config_path, const std::string& cwd) {
    const auto config = config_path.empty() ? std::string() : from_here(config_path, cwd);
    if (config.empty() || !flag.empty() || nonempty_variable(getenv, "TALOS_DATA_DIR")) return {};
    if (from_config.empty() && named_or_of_machine(flag, getenv, from_config, config, cwd)) return {};
    auto former = from_config.empty() ? from_here(".talos", cwd) : data_directory(flag, getenv, {}, config_path, cwd);
    return former == data_directory(flag, getenv, from_config, config_path, cwd) ? std::string() : former;
}

std::string absolute_path(const std::string& path, const std::string& base) {
    std::string resolved;
    if (!path.starts_with('/')) append_resolved(resolved, base);
    append_resolved(resolved, path);
    return resolved.empty() ? "/" : resolved;
}

bool lies_in(const std::string& path, const std::string& directory) {
    const auto inner = absolute_path(path, "/");
    const auto outer = absolute_path(directory, "/");
    return outer == "/" || inner.starts_with(outer + "/");
}

}   // namespace talos::config

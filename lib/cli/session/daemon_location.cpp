#include "cli/session/daemon_location.hpp"
#include "client/former_data.hpp"
#include "config/json/lenient.hpp"
#include "posix/files/file.hpp"
#include "posix/files/working_directory.hpp"
#include <cstdlib>
#include <linux/limits.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::cli {

namespace {

std::optional<std::string> from_environment(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return value;
}

bool names_something(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

void read_config(DaemonLocation& location) {
    for (const auto& path : location.candidates.paths) {
        auto text = location.files.read(path);
        const bool absent = !text && (text.error().errno_value() == ENOENT || text.error().errno_value() == ENOTDIR);
        if (absent && !location.candidates.named) continue;
        location.config_path = path;
        if (text) location.config_text = std::move(*text);
        else location.config_failure = text.error();
        return;
    }
}

std::string own_folder() {
    char path[PATH_MAX];
    const auto length = ::readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0) return {};
    const std::string_view whole{path, static_cast<std::size_t>(length)};
    return std::string{whole.substr(0, whole.rfind('/'))};
}

bool executable(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}   // namespace

config::ConfigFiles config_files(const GlobalOptions& options) {
    config::ConfigFiles files{options.trust_owners};
    using Rule = config::ConfigFiles::Rule;
    if (files.rule() != Rule::refuse) return files;
    const auto first = posix::read_file("/proc/1/comm", 64);
    return first && *first == "talosd\n" ? config::ConfigFiles{Rule::warn, files.owners()} : files;
}

DaemonLocation locate(const GlobalOptions& options, Need need) {
    DaemonLocation location;
    location.files = config_files(options);
    const auto here = posix::working_directory();
    const std::string cwd = here ? *here : std::string();
    location.data_dir_named = !options.data_dir.empty() || names_something("TALOS_DATA_DIR");
    location.candidates = config::config_candidates(options.config, from_environment, cwd);
    if (need == Need::config || !location.data_dir_named) read_config(location);
    const std::string from_config =
        location.config_text.empty() ? std::string{} : config::lenient_data_dir(location.config_text, location.config_path);
    location.data_dir = config::data_directory(options.data_dir, from_environment, from_config, location.config_path, cwd);
    location.former_dir =
        config::former_data_directory(options.data_dir, from_environment, from_config, location.config_path, cwd);
    if (!here && (location.data_dir.empty() || location.candidates.paths.empty())) {
        location.config_failure = here.error();
        location.data_dir_named = location.data_dir_named && !location.data_dir.empty();
    }
    return location;
}

config::Parsed names_and_places(const DaemonLocation& location) {
    return config::parse(location.config_text, location.config_path, location.files.surroundings_without_values());
}

std::optional<std::string> former_data_sentence(const DaemonLocation& location) {
    const auto former = client::find_former_data(location.former_dir, location.config_path, location.data_dir);
    return former ? std::optional(client::to_text(*former, location.data_dir)) : std::nullopt;
}

std::string other_config(const DaemonLocation& location, const std::string& runs_with) {
    if (!location.candidates.named || location.config_path.empty() || runs_with.empty() || location.config_path == runs_with)
        return {};
    struct stat named {};
    struct stat running {};
    const bool same = ::stat(location.config_path.c_str(), &named) == 0 && ::stat(runs_with.c_str(), &running) == 0 &&
                      named.st_dev == running.st_dev && named.st_ino == running.st_ino;
    return same ? std::string() : location.config_path;
}

std::string display_path(const std::string& path) {
    const auto here = posix::working_directory();
    std::string base = here ? *here : "/";
    if (base.back() != '/') base += '/';
    return path.size() > base.size() && path.starts_with(base) ? path.substr(base.size()) : path;
}

std::string find_talosd() {
    if (const auto folder = own_folder(); !folder.empty() && executable(folder + "/talosd")) return folder + "/talosd";
    const std::string path = from_environment("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find(':', at), path.size());
        const std::string candidate = path.substr(at, end - at) + "/talosd";
        // Only absolute directories: in a directory of another user, a relative one would start that user's program.
        if (path[at] == '/' && executable(candidate)) return candidate;
        at = end + 1;
    }
    return {};
}

}   // namespace talos::cli

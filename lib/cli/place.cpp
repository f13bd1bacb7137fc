#include "cli/place.hpp"
#include "config/lenient.hpp"
#include "daemon/former_data.hpp"
#include "posix/file.hpp"
#include "posix/working_directory.hpp"
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

void read_config(Place& place) {
    for (const auto& path : place.candidates.paths) {
        auto text = place.files.read(path);
        const bool absent = !text && (text.error().errno_value() == ENOENT || text.error().errno_value() == ENOTDIR);
        if (absent && !place.candidates.named) continue;
        place.config_path = path;
        if (text)
            place.config_text = std::move(*text);
        else
            place.config_failure = text.error();
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

}  // namespace

daemon::ConfigFiles config_files(const GlobalOptions& options) {
    daemon::ConfigFiles files{options.trust_owners};
    using Rule = daemon::ConfigFiles::Rule;
    if (files.rule() != Rule::refuse) return files;
    const auto first = posix::read_file("/proc/1/comm", 64);
    return first && *first == "talosd\n" ? daemon::ConfigFiles{Rule::warn, files.owners()} : files;
}

Place locate(const GlobalOptions& options, Need need) {
    Place place;
    place.files = config_files(options);
    const auto here = posix::working_directory();
    const std::string cwd = here ? *here : std::string();
    place.data_dir_named = !options.data_dir.empty() || names_something("TALOS_DATA_DIR");
    place.candidates = config::config_candidates(options.config, from_environment, cwd);
    if (need == Need::config || !place.data_dir_named) read_config(place);
    const std::string from_config =
        place.config_text.empty() ? std::string{} : config::lenient_data_dir(place.config_text, place.config_path);
    place.data_dir = config::data_directory(options.data_dir, from_environment, from_config, place.config_path, cwd);
    place.former_dir = config::former_data_directory(options.data_dir, from_environment, from_config, place.config_path, cwd);
    if (!here && (place.data_dir.empty() || place.candidates.paths.empty())) {
        place.config_failure = here.error();
        place.data_dir_named = place.data_dir_named && !place.data_dir.empty();
    }
    return place;
}

config::Parsed names_and_places(const Place& place) {
    return config::parse(place.config_text, place.config_path, place.files.surroundings_without_values());
}

std::optional<std::string> former_data_sentence(const Place& place) {
    const auto former = daemon::find_former_data(place.former_dir, place.config_path, place.data_dir);
    return former ? std::optional(daemon::to_text(*former, place.data_dir)) : std::nullopt;
}

std::string other_config(const Place& place, const std::string& runs_with) {
    if (!place.candidates.named || place.config_path.empty() || runs_with.empty() || place.config_path == runs_with) return {};
    struct stat named {};
    struct stat running {};
    const bool same = ::stat(place.config_path.c_str(), &named) == 0 && ::stat(runs_with.c_str(), &running) == 0 &&
                      named.st_dev == running.st_dev && named.st_ino == running.st_ino;
    return same ? std::string() : place.config_path;
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
        // Of absolute folders only: in a directory of another user, a relative one would start that user's program.
        if (path[at] == '/' && executable(candidate)) return candidate;
        at = end + 1;
    }
    return {};
}

}  // namespace talos::cli

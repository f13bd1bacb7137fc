#include "daemon/config_file.hpp"

#include "daemon/worker_inspection.hpp"
#include "posix/file.hpp"
#include "posix/glob.hpp"
#include "posix/walk.hpp"
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>

namespace talos::daemon {

namespace {

std::optional<std::string> log_complaint(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) return std::nullopt;
    const std::string hint = R"("inherit" instead of an object is talosd's own output, "none" keeps nothing)";
    const std::string what = path + " is " + posix::kind_of(info.st_mode);
    if (!S_ISLNK(info.st_mode)) return what + "; a log is a plain file; " + hint;
    return what + " to " + posix::link_target(AT_FDCWD, path) + "; a log is never written through one, name the file itself; " + hint;
}

}  // namespace

config::Surroundings surroundings() {
    config::Surroundings around;
    around.getenv = [](const char* name) {
        const char* value = std::getenv(name);
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
    };
    around.read_file = [](const std::string& path) { return posix::read_file(path, config_limit); };
    around.glob = posix::glob;
    around.read_env_file = [](const std::string& path) { return posix::read_file(path, env_file_limit); };
    around.inspect = WorkerInspection();
    around.log_complaint = log_complaint;
    return around;
}

config::Surroundings surroundings_without_values() {
    auto around = surroundings();
    around.getenv = [](const char*) { return std::optional<std::string>("x"); };
    around.read_env_file = [](const std::string&) { return Result<std::string>(std::string()); };
    around.inspect = [](const config::WorkerSpec&) { return std::vector<config::Remark>(); };
    around.log_complaint = [](const std::string&) { return std::optional<std::string>(); };
    return around;
}

}  // namespace talos::daemon

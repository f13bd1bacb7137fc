#include "daemon/config_file.hpp"

#include "daemon/worker_inspection.hpp"
#include "posix/file.hpp"
#include "posix/glob.hpp"
#include <cstdlib>

namespace talos::daemon {

config::Surroundings surroundings() {
    config::Surroundings around;
    around.getenv = [](const char* name) {
        const char* value = std::getenv(name);
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
    };
    around.read_file = [](const std::string& path) { return posix::read_file(path, config_limit); };
    around.glob = posix::glob;
    around.read_env_file = [](const std::string& path) { return posix::read_file(path, config_limit); };
    around.inspect = WorkerInspection();
    return around;
}

config::Surroundings surroundings_without_values() {
    auto around = surroundings();
    around.getenv = [](const char*) { return std::optional<std::string>("x"); };
    around.read_env_file = [](const std::string&) { return Result<std::string>(std::string()); };
    around.inspect = [](const config::WorkerSpec&) { return std::vector<config::Remark>(); };
    return around;
}

}  // namespace talos::daemon

#include "daemon/config_file.hpp"

#include "posix/file.hpp"

namespace talos::daemon {

config::Surroundings surroundings() {
    config::Surroundings around;
    around.read_env_file = [](const std::string& path) { return posix::read_file(path, config_limit); };
    return around;
}

config::Surroundings surroundings_without_values() {
    auto around = surroundings();
    around.read_env_file = [](const std::string&) { return Result<std::string>(std::string()); };
    return around;
}

}  // namespace talos::daemon

#pragma once
#include "config/locate.hpp"
#include "core/result.hpp"
#include <cerrno>
#include <functional>
#include <string>

namespace talos::config {

/// How a config reaches what it names. By default there is nothing around it.
struct Surroundings {
    Getenv getenv = [](const char*) -> std::optional<std::string> { return std::nullopt; };
    /// The whole of an env file; the path is absolute.
    std::function<Result<std::string>(const std::string& path)> read_env_file = [](const std::string& path) {
        return Result<std::string>(failure_of(ENOENT, "open " + path));
    };
};

}  // namespace talos::config

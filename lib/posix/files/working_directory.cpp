#include "posix/files/working_directory.hpp"
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <unistd.h>

namespace talos::posix {

Result<std::string> working_directory() {
    const auto free = [](char* text) { std::free(text); };
    const std::unique_ptr<char, decltype(free)> path(::getcwd(nullptr, 0), free);
    if (path) return std::string(path.get());
    if (errno == ENOENT)
        return refused("the working directory was deleted; start the program in an existing one, or use absolute paths");
    return last_error("find the working directory");
}

}   // namespace talos::posix

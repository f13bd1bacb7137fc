#include "posix/files/glob.hpp"
#include <glob.h>
#include <memory>

namespace talos::posix {

namespace {

// glob(3) passes no user data to its error callback.
thread_local Failure unreadable;

int on_error(const char* path, int error) {
    if (error == ENOENT || error == ENOTDIR) return 0;
    unreadable = failure_of(error, std::string("read the directory ") + path);
    return 1;
}

}   // namespace

Result<std::vector<std::string>> glob(const std::string& pattern) {
    glob_t found{};
    const std::unique_ptr<glob_t, void (*)(glob_t*)> release{&found, ::globfree};
    switch (::glob(pattern.c_str(), GLOB_NOSORT, on_error, &found)) {
    case 0: return std::vector<std::string>(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    case GLOB_NOMATCH: return std::vector<std::string>();
    case GLOB_ABORTED: return unreadable;
    }
    return failure_of(ENOMEM, "glob " + pattern);
}

}   // namespace talos::posix

#include "daemon/data_directory.hpp"
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::daemon {
namespace {

Result<> make_one(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
    const int error = errno;
    struct stat info {};
    // A directory that is there already on a read-only file system, or in one that only its owner may write into, will do.
    if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
    return failure_of(error, "create directory " + path);
}

Result<> make_with_parents(const std::string& path) {
    for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        if (const auto made = make_one(path.substr(0, slash)); !made) return made;
    }
    return make_one(path);
}

bool is_link(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

std::string octal(mode_t mode) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777u));
    return text;
}

}  // namespace

Result<> DataDirectory::prepare(std::string& warning) const {
    if (path_.empty()) return failure_of(ENOENT, "data directory with an empty name");
    const std::string what = "data directory " + path_;
    struct stat info {};
    if (::stat(path_.c_str(), &info) < 0) {
        if (errno != ENOENT) return last_error(what);
        if (is_link(path_)) return failure_of(ENOENT, what + " is a symbolic link to nothing");
        if (const auto made = make_with_parents(path_); !made) return made;
        if (::stat(path_.c_str(), &info) < 0) return last_error(what);
    }
    if (!S_ISDIR(info.st_mode)) return failure_of(ENOTDIR, what);
    if (info.st_uid != ::geteuid()) {
        return failure_of(EPERM, what + " belongs to uid " + std::to_string(info.st_uid) + ", we are uid " +
                                     std::to_string(::geteuid()) + "; use one of your own (--data-dir)");
    }
    if (::faccessat(AT_FDCWD, path_.c_str(), W_OK | X_OK, AT_EACCESS) < 0) return last_error("write into " + what);
    if ((info.st_mode & 077u) != 0) {
        warning = what + " has mode " + octal(info.st_mode) + ": others may look into it; `chmod 700 " + path_ + "` keeps them out";
    }
    return {};
}

}  // namespace talos::daemon

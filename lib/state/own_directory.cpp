#include "state/own_directory.hpp"
#include "accounts/owner_text.hpp"
#include "posix/files/file.hpp"
#include "posix/files/private_group.hpp"
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::state {
namespace {

std::string belongs_to(const std::string& path, uid_t owner) {
    return path + " belongs to " + accounts::owner_text(owner) + "; talosd and talosctl of " + accounts::owner_text(::geteuid()) +
           " use only files of their own user";
}

std::string can_be_written(const std::string& path, mode_t mode) {
    return path + " is writable for other users (mode " + accounts::mode_text(mode) +
           "), so its content is not trusted; run `chmod go-w " + path + "`";
}

std::optional<std::string> objection_of(int fd, const struct stat& info, const std::string& path) {
    if (!S_ISREG(info.st_mode)) return path + " is not a regular file; remove it";
    if (info.st_uid != ::geteuid()) return belongs_to(path, info.st_uid) + "; remove the file if it does not belong there";
    if (posix::writable_by_others(fd, info) != 0) return can_be_written(path, info.st_mode);
    if (info.st_nlink > 1)
        return path + " has " + std::to_string(info.st_nlink) +
               " names (hard links), so it may be a file from elsewhere; remove it";
    return std::nullopt;
}

}   // namespace

Result<OwnDirectory> OwnDirectory::open(const std::string& path) {
    auto directory = posix::open_file(path, O_PATH | O_DIRECTORY);
    if (!directory) return directory.error();
    struct stat info {};
    if (::fstat(directory->get(), &info) < 0) return last_error("fstat " + path);
    const bool open_to_others = posix::writable_by_others(directory->get(), info) != 0;
    return OwnDirectory(std::move(*directory), path, info, open_to_others);
}

std::optional<uid_t> OwnDirectory::other_owner() const { return owner_ != ::geteuid() ? std::optional(owner_) : std::nullopt; }

std::optional<std::string> OwnDirectory::objection() const {
    if (other_owner()) return belongs_to(path_, owner_);
    if (open_to_others_) return can_be_written(path_, mode_);
    return std::nullopt;
}

std::optional<std::string> OwnDirectory::objection_to(const std::string& name) const {
    const posix::UniqueFd file(::openat(directory_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) < 0) return std::nullopt;
    return objection_of(file.get(), info, path_ + "/" + name);
}

Result<std::string> OwnDirectory::read(const std::string& name, std::size_t limit) const {
    const std::string path = path_ + "/" + name;
    const posix::UniqueFd file(
        ::openat(directory_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file) {
        const int error = errno;
        if (error == ELOOP) return failure_of(EPERM, path + " is a symbolic link; remove it");
        return failure_of(error, "open " + path);
    }
    struct stat info {};
    if (::fstat(file.get(), &info) < 0) return last_error("fstat " + path);
    if (const auto objection = objection_of(file.get(), info, path)) return failure_of(EPERM, *objection);
    return posix::read_file(file, path, limit);
}

}   // namespace talos::state

#pragma once
#include "core/result.hpp"
#include "posix/rights/act_as.hpp"
#include "posix/rights/unique_fd.hpp"
#include <optional>
#include <string>
#include <sys/stat.h>

/// What can be said of a file that another user's path leads to, without doing anything to it.
namespace talos::posix {

/// The rights to see files as `user` does, while it lives: talosd's own where that is its user, or where there is none. Fails when they
/// cannot be had: then nothing may be said.
[[nodiscard]] Result<ActAs> see_as(const Credentials* user);

/// A file found by its path with the rights that are in use. It is not opened: a FIFO, a device or a lease has no part in it.
class VisibleFile {
public:
    /// Links are followed, those of /proc that lead to open files and directories of a process excepted: they would be talosd's. Fails
    /// like stat(2) with ENOENT, ENOTDIR, EACCES, and with ENOTSUP where nothing can be said (such a link, a file of /proc, old kernels
    /// for another user's path).
    [[nodiscard]] static Result<VisibleFile> find(const std::string& path);
    /// Whether the path's last component is a symbolic link. On the way there the same links are followed.
    [[nodiscard]] static bool is_link(const std::string& path);

    [[nodiscard]] const struct stat& info() const { return info_; }
    [[nodiscard]] bool executable() const;
    [[nodiscard]] bool mounted_noexec() const;
    /// The beginning of a regular file that may be read, as much as the kernel takes into account (BINPRM_BUF_SIZE); empty otherwise.
    [[nodiscard]] std::string head() const;

private:
    VisibleFile(UniqueFd file, const struct stat& info) : file_(std::move(file)), info_(info) {}
    UniqueFd file_;   // O_PATH
    struct stat info_;
};

}   // namespace talos::posix

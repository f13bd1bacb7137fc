#pragma once
#include "core/result.hpp"
#include "posix/rights/act_as.hpp"
#include "posix/rights/unique_fd.hpp"
#include <optional>
#include <string>
#include <sys/stat.h>

/// Describes the file that a path of another user leads to, without side effects on the file.
namespace talos::posix {

/// Sees files with the rights of `user` for as long as the result exists. Uses talosd's own rights if `user` is talosd's user or
/// nullptr. Fails if the rights cannot be acquired; the caller must then report nothing about the file.
[[nodiscard]] Result<ActAs> see_as(const Credentials* user);

/// A file found by its path with the rights in use. It is not opened, so a FIFO, a device or a lease is not affected.
class VisibleFile {
public:
    /// Follows links, except links in /proc to open files and directories of a process, because they would refer to talosd. Fails
    /// like stat(2) with ENOENT, ENOTDIR, EACCES. Fails with ENOTSUP if the result would be unreliable: such a link, a file in
    /// /proc, or the path of another user on an old kernel.
    [[nodiscard]] static Result<VisibleFile> find(const std::string& path);
    /// Whether the last component of the path is a symbolic link. Follows the same links as find() on the way.
    [[nodiscard]] static bool is_link(const std::string& path);

    [[nodiscard]] const struct stat& info() const { return info_; }
    [[nodiscard]] bool executable() const;
    [[nodiscard]] bool mounted_noexec() const;
    /// The first bytes of a regular file, as many as execve(2) reads (BINPRM_BUF_SIZE); empty if the file is not readable.
    [[nodiscard]] std::string head() const;

private:
    VisibleFile(UniqueFd file, const struct stat& info) : file_(std::move(file)), info_(info) {}
    UniqueFd file_;   // O_PATH
    struct stat info_;
};

}   // namespace talos::posix

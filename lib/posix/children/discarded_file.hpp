// posix/children: Operations that may block (on a file, a name, the memory of another process), done by a short-lived child.
// The caller waits for a descriptor instead.
// Begin with short_child.hpp.
#pragma once
#include "core/result.hpp"
#include "posix/files/own_directory.hpp"
#include "posix/rights/unique_fd.hpp"
#include <cstdint>
#include <functional>
#include <string>
#include <sys/types.h>
#include <utility>

namespace talos::posix {
class Folder;
}

/// Files whose last name is removed. Removing a large file blocks the calling process in the kernel (6.5 ms for 10 MiB on ext4).
/// Truncating it step by step beforehand limits the time of each step.
namespace talos::posix {

/// Opens a file that will be replaced, so that the file outlives its name. Returns an empty descriptor for a small file or one
/// that cannot be opened. If the rights of the folder's owner are in use, it may change the mode of the owner's file, which is
/// about to be replaced.
[[nodiscard]] UniqueFd hold_large(Folder& folder, const std::string& name);
[[nodiscard]] UniqueFd hold_large(const Location& file);

/// True if the content is unreachable: the file has no name and no other descriptor. Also false if the file system cannot say.
[[nodiscard]] bool is_forgotten(const UniqueFd& file);

/// Whether more blocks are allocated than the length needs (fallocate(2) with FALLOC_FL_KEEP_SIZE). The first truncation would
/// free all of them at once, and the writer of the file controls how long that takes (5 s for 300,000 extents on ext4).
[[nodiscard]] bool has_blocks_behind_its_end(const UniqueFd& file);
/// Starts a child that inherits the file, and closes the file here. The exit of the child frees the file. The caller reaps the
/// child. Fails with EAGAIN, EMFILE or ENOMEM; the file then stays open.
[[nodiscard]] Result<pid_t> free_in_child(UniqueFd& file);

/// True if the kernel frees the file quickly: few blocks are allocated, and none beyond the end.
[[nodiscard]] bool is_freed_quickly(const UniqueFd& file);

/// Takes a file whose close(2) frees its blocks.
using Discard = std::function<void(UniqueFd file)>;
/// Sets the function that close_log() passes large files to. Without a function, close_log() closes them itself. Process-wide.
void set_discard(Discard discard);
/// Closes a file that other users may have removed and enlarged. The last close(2) of such a file takes as long as they choose.
void close_log(UniqueFd& file);

/// A descriptor that is closed with close_log().
class LogFd {
public:
    LogFd() = default;
    LogFd(UniqueFd fd) : fd_(std::move(fd)) {}
    LogFd(LogFd&&) = default;
    LogFd& operator=(LogFd&& other) noexcept {
        close_log(fd_);
        fd_ = std::move(other.fd_);
        return *this;
    }
    ~LogFd() { close_log(fd_); }
    [[nodiscard]] int get() const { return fd_.get(); }
    explicit operator bool() const { return static_cast<bool>(fd_); }

private:
    UniqueFd fd_;
};

/// Removes `bytes` from the end of the file. Returns false if the file is empty.
[[nodiscard]] bool shorten(const UniqueFd& file, std::uint64_t bytes);

}   // namespace talos::posix

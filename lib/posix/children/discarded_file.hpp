// posix/children: Work that may block (a file, a name, another process's memory), done by a short-lived child.
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

/// Files that lose their last name. Removing a large one at once keeps the kernel busy for milliseconds (6.5 ms for 10 MiB on ext4), and
/// whoever asked for it with it; shortened piece by piece beforehand it costs each time as much as the piece is large.
namespace talos::posix {

/// Opens a file that is going to be replaced, so that it outlives its name. Empty for a small one, or one that cannot be opened. Where the
/// rights of the folder's owner are in use, the mode of the owner's file is changed if need be: it loses its name anyway.
[[nodiscard]] UniqueFd hold_large(Folder& folder, const std::string& name);
[[nodiscard]] UniqueFd hold_large(const Location& file);

/// Whether nobody will miss its content: it has no name, and nobody else has it open. False too where the file system cannot tell.
[[nodiscard]] bool is_forgotten(const UniqueFd& file);

/// More is allocated than its length needs (fallocate(2) with FALLOC_FL_KEEP_SIZE): all of that would be freed at once by the first cut, in a
/// time that whoever has written it decides (5 s for 300,000 extents on ext4).
[[nodiscard]] bool has_blocks_behind_its_end(const UniqueFd& file);
/// Starts a child that has the file, which is closed here: the child's exit, then, frees it. The caller reaps the child. Fails with EAGAIN, EMFILE or
/// ENOMEM, and the file stays open.
[[nodiscard]] Result<pid_t> free_in_child(UniqueFd& file);

/// Whether the kernel frees what the file occupies in a moment: neither much of it, nor any that its length does not tell of.
[[nodiscard]] bool is_freed_quickly(const UniqueFd& file);

/// Takes a file that is to be closed, and to be freed by that.
using Discard = std::function<void(UniqueFd file)>;
/// What close_log() gives the large ones to, from here on; empty: it closes them. One for the process.
void set_discard(Discard discard);
/// Closes a file that other users may have removed and may have made large: the last close of such a one takes as long as they like.
void close_log(UniqueFd& file);

/// A descriptor of such a file.
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

/// Cuts `bytes` off its end; false when nothing is left to be cut.
[[nodiscard]] bool shorten(const UniqueFd& file, std::uint64_t bytes);

}   // namespace talos::posix

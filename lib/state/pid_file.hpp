#pragma once
#include "core/result.hpp"
#include "posix/files/own_directory.hpp"
#include "posix/rights/unique_fd.hpp"
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace talos::state {

/// 1-10 digits and an optional newline, from 1 to the largest PID (2^22); everything else is no PID file. Pure.
/// 1 is well-formed: whether it is believed is decided by lock and identity.
[[nodiscard]] std::optional<pid_t> parse_pid(std::string_view text);

/// The daemon's side of daemon.pid: locked for as long as this object lives.
class PidFile {
public:
    /// Takes the lock by the contract's protocol (open, lock, compare with the name, write in place).
    /// Fails with EWOULDBLOCK when another daemon holds it, with EINVAL and words when the path is no regular file. In talosd's own
    /// directory what is no file of its own is put aside instead (posix::Folder).
    [[nodiscard]] static Result<PidFile> acquire(const posix::Location& path);

    /// Writes our PID in place.
    [[nodiscard]] Result<> write(pid_t pid);

    /// Unlinks the file while still locked. The destructor does not: a crash and an exec must look the same.
    [[nodiscard]] Result<> remove();

    /// The locked descriptor, for Spawner::hold_until_exec.
    [[nodiscard]] const posix::UniqueFd& lock() const { return fd_; }

private:
    PidFile(posix::Location place, posix::UniqueFd fd) : place_(std::move(place)), fd_(std::move(fd)) {}
    posix::Location place_;
    posix::UniqueFd fd_;
};

/// A reader's view of daemon.pid. Takes nothing, creates nothing.
struct PidFileState {
    bool exists = false;
    bool locked = false;        ///< somebody alive holds it
    std::optional<pid_t> pid;   ///< its content, when well-formed
};
/// Fails with EACCES, or EINVAL when it is no regular file (a FIFO is not waited for); `what` names the path.
[[nodiscard]] Result<PidFileState> read_pid_file(const std::string& path);

}   // namespace talos::state

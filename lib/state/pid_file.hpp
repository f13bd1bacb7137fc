#pragma once
#include "core/result.hpp"
#include "posix/files/own_directory.hpp"
#include "posix/rights/unique_fd.hpp"
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace talos::state {

/// Parses 1-10 digits and an optional newline: a PID between 1 and the largest PID (2^22). Returns nullopt for anything else.
/// Pure. 1 is well-formed; the lock and the identity decide whether it is valid.
[[nodiscard]] std::optional<pid_t> parse_pid(std::string_view text);

/// daemon.pid from the side of talosd: locked for the lifetime of this object.
class PidFile {
public:
    /// Takes the lock: opens the file, locks it, and checks that the name still refers to it. The PID is written in place. Fails
    /// with EWOULDBLOCK if another talosd holds the lock, and with EINVAL and a message if the path is not a regular file. In
    /// talosd's own directory such a file is renamed instead (posix::Folder).
    [[nodiscard]] static Result<PidFile> acquire(const posix::Location& path);

    /// Writes the PID in place.
    [[nodiscard]] Result<> write(pid_t pid);

    /// Unlinks the file while it is locked. The destructor does not, so that a crash and an exec have the same effect.
    [[nodiscard]] Result<> remove();

    /// The locked descriptor, for Spawner::hold_until_exec.
    [[nodiscard]] const posix::UniqueFd& lock() const { return fd_; }

private:
    PidFile(posix::Location place, posix::UniqueFd fd) : place_(std::move(place)), fd_(std::move(fd)) {}
    posix::Location place_;
    posix::UniqueFd fd_;
};

/// daemon.pid as a reader sees it. The reader takes no lock and creates no file.
struct PidFileState {
    bool exists = false;
    bool locked = false;        ///< a running process holds the lock
    std::optional<pid_t> pid;   ///< the contents, if well-formed
};
/// Fails with EACCES, or with EINVAL if it is not a regular file (a FIFO does not block). `what` names the path.
[[nodiscard]] Result<PidFileState> read_pid_file(const std::string& path);

}   // namespace talos::state

#pragma once
#include <optional>
#include <sys/resource.h>
#include <sys/types.h>

/// The process attributes that survive execve(2).
namespace talos::posix {

/// Attributes that a supervisor changes for itself and restores in its children.
struct Inherited {
    mode_t umask = 022;
    std::optional<rlimit> file_size;   ///< RLIMIT_FSIZE; nullopt if it was not changed
};

/// Call it at the very start of a supervisor, while it is single-threaded. Afterwards:
///   - Signals that a limit, a timer or an inherited descriptor causes (SIGXFSZ, SIGXCPU, SIGALRM, SIGVTALRM, SIGPROF, SIGIO,
///     SIGPWR, SIGSTKFLT) are ignored. A write beyond RLIMIT_FSIZE fails with EFBIG.
///   - Every other signal except supervisor_signals has its default disposition and is neither blocked nor pending.
///   - Interval timers, which survive an exec (setitimer(2), alarm(2)), are cancelled.
///   - The umask is 022, so that files get the modes that they are created with.
///   - The soft limit for the file size equals the hard limit.
[[nodiscard]] Inherited take_over_process();

/// For a command that a user runs: it can wait for its children, and a write beyond RLIMIT_FSIZE fails with EFBIG. Timers are
/// kept, because `alarm` before an exec is a way to limit the run time of a command.
void take_over_command();

/// Sets the umask to 022 in this scope, so that files get the modes that they are created with.
class OwnUmask {
public:
    OwnUmask();
    ~OwnUmask();
    OwnUmask(const OwnUmask&) = delete;
    OwnUmask& operator=(const OwnUmask&) = delete;

private:
    mode_t before_;
};

}   // namespace talos::posix

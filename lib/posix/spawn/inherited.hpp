#pragma once
#include <optional>
#include <sys/resource.h>
#include <sys/types.h>

/// What execve(2) leaves to a program of the process that started it.
namespace talos::posix {

/// What a supervisor changes for itself and gives back to its children.
struct Inherited {
    mode_t umask = 022;
    std::optional<rlimit> file_size;   ///< RLIMIT_FSIZE; absent when it is unchanged
};

/// For a supervisor's very start, with one thread. Afterwards
///   - signals that a limit, a timer or an inherited descriptor causes (SIGXFSZ, SIGXCPU, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR,
///     SIGSTKFLT) are ignored: a write beyond RLIMIT_FSIZE fails with EFBIG;
///   - every other signal but supervisor_signals has its default, is neither blocked nor pending, whatever was inherited;
///   - interval timers are cancelled, which setitimer(2) and alarm(2) leave running across an exec;
///   - the umask is 022, so that files get the modes that they are made with;
///   - the soft limit of the file size is the hard one.
[[nodiscard]] Inherited take_over_process();

/// For a command that a user runs: its children can be waited for, and a write beyond RLIMIT_FSIZE fails with EFBIG. Timers stay: `alarm`
/// before an exec is a way to limit how long a command takes.
void take_over_command();

/// The umask 022 while it is in scope, for files that get the modes that they are made with.
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

#pragma once
#include "core/exit_status.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "posix/rights/unique_fd.hpp"
#include <functional>
#include <optional>
#include <span>
#include <sys/types.h>

/// Signals and exits, through descriptors that cannot come to mean another process. Nothing here blocks unless it says so.
namespace talos::posix {

/// pidfd_open(2). Only for our own unreaped children, or before an identity check: see open_process.
[[nodiscard]] Result<UniqueFd> pidfd_open(pid_t pid);

/// pidfd_send_signal(2). Fails with ESRCH (gone), EPERM.
[[nodiscard]] Result<> send_signal(const UniqueFd& pidfd, int signal);

/// Signals the process group `leader`. The caller guarantees that `leader`'s group cannot be somebody else's: an unreaped child of
/// ours leads it or is a member of it. Refuses leader <= 1 with EINVAL, so that no mistake can become kill(-1).
[[nodiscard]] Result<> signal_group(pid_t leader, int signal);

/// Reaps our child behind `pidfd` if it has ended: its status and usage, or nothing while it runs. Fails with ECHILD.
[[nodiscard]] Result<std::optional<ExitStatus>> reap(const UniqueFd& pidfd);

/// Reaps our child `pid` if it has ended; for adopted ones, which have no pidfd of ours.
[[nodiscard]] Result<std::optional<ExitStatus>> reap(pid_t pid);

/// ProbeSchedule at a child without reaping it. `none`: children, but none with news; `no_children`: ECHILD, the proof that nothing is left.
struct Peek {
    enum class What { ended, changed, none, no_children } what = What::none;   ///< changed: stopped by a signal, or continued
    pid_t pid = 0;
};
/// At one that has ended.
[[nodiscard]] Peek peek_ended_child();
/// At one that has ended, or that was stopped or continued and whose notice nobody has taken. Costs by the number of children.
[[nodiscard]] Peek peek_child();
/// The same of this child; `no_children` when it is none of ours.
[[nodiscard]] Peek peek_child(pid_t pid);

/// Takes the notice that our child `pid` was stopped by a signal, or continued; nothing when there is none.
struct StopChange {
    bool stopped = false;
    int signal = 0;   ///< that stopped it
};
[[nodiscard]] std::optional<StopChange> take_stop_change(pid_t pid);

/// True once the process behind `pidfd` has ended (zombie or gone). Does not wait.
[[nodiscard]] bool has_ended(const UniqueFd& pidfd);

/// Waits until all have ended or `deadline` passed; true when all have ended. Blocks; for talosctl and recovery.
/// EINTR ends the wait early when `interrupted` is given and returns true.
[[nodiscard]] bool wait_ended(std::span<const UniqueFd* const> pidfds, SteadyTime deadline,
                              const std::function<bool()>& interrupted = {});

}   // namespace talos::posix

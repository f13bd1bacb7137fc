#pragma once
#include "core/exit_status.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "posix/rights/unique_fd.hpp"
#include <functional>
#include <optional>
#include <span>
#include <sys/types.h>

/// Signals and exits through descriptors, which never come to refer to another process. Functions here do not block unless
/// stated.
namespace talos::posix {

/// pidfd_open(2). Use it only for unreaped children, or before an identity check (see open_process).
[[nodiscard]] Result<UniqueFd> pidfd_open(pid_t pid);

/// pidfd_send_signal(2). Fails with ESRCH if the process has ended, or EPERM.
[[nodiscard]] Result<> send_signal(const UniqueFd& pidfd, int signal);

/// Signals the process group `leader`. The caller guarantees that the group ID was not reused: an unreaped child is its leader or
/// a member. Refuses `leader` <= 1 with EINVAL to prevent kill(-1).
[[nodiscard]] Result<> signal_group(pid_t leader, int signal);

/// Reaps the child behind `pidfd` if it has ended. Returns its status and usage, or nullopt while it runs. Fails with ECHILD.
[[nodiscard]] Result<std::optional<ExitStatus>> reap(const UniqueFd& pidfd);

/// Reaps the child `pid` if it has ended; for adopted children, which have no pidfd.
[[nodiscard]] Result<std::optional<ExitStatus>> reap(pid_t pid);

/// A child with a state change that has not been reaped. `none`: no child has changed. `no_children`: ECHILD, which proves that
/// no children exist.
struct Peek {
    enum class What { ended, changed, none, no_children } what = What::none;   ///< changed: stopped by a signal, or continued
    pid_t pid = 0;
};
/// Finds a child that has ended.
[[nodiscard]] Peek peek_ended_child();
/// Finds a child that has ended, or that was stopped or continued and whose notification is pending. The cost grows with the
/// number of children.
[[nodiscard]] Peek peek_child();
/// The same for one child. `no_children` if it is not a child of this process.
[[nodiscard]] Peek peek_child(pid_t pid);

/// Takes the pending notification that the child `pid` was stopped by a signal or continued; nullopt if there is none.
struct StopChange {
    bool stopped = false;
    int signal = 0;   ///< the signal that stopped it
};
[[nodiscard]] std::optional<StopChange> take_stop_change(pid_t pid);

/// True if the process behind `pidfd` has ended (it is a zombie or reaped). Does not block.
[[nodiscard]] bool has_ended(const UniqueFd& pidfd);

/// Waits until all processes have ended or `deadline` has passed. Returns true if all have ended. Blocks; for talosctl and
/// recovery. If `interrupted` is given and returns true, EINTR ends the wait early.
[[nodiscard]] bool wait_ended(std::span<const UniqueFd* const> pidfds, SteadyTime deadline,
                              const std::function<bool()>& interrupted = {});

}   // namespace talos::posix

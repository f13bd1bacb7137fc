#pragma once
#include "aio/timer.hpp"
#include "posix/spawn/spawn.hpp"
#include <functional>
#include <memory>
#include <optional>

namespace talos::aio {

/// Waits for a child to reach its exec. Processes of its user can stop it before that: it is woken with SIGCONT ten times a second, and
/// killed after ten seconds.
class ExecWatch {
public:
    using Done = std::function<void(const posix::SpawnOutcome& outcome)>;

    /// `pidfd` is the child's and outlives this object. `done` is called once, unless take() was faster, and may end this object. A child
    /// that has failed is dying by then, and the caller's to reap.
    ExecWatch(const Executor& executor, std::unique_ptr<posix::UnconfirmedExec> child, const posix::UniqueFd& pidfd, Done done);
    ExecWatch(const ExecWatch&) = delete;
    ExecWatch& operator=(const ExecWatch&) = delete;
    ~ExecWatch();

    /// What is known by now, at the latest when the child has ended; `done` is not called any more then.
    [[nodiscard]] std::optional<posix::SpawnOutcome> take();

private:
    void wait();
    void wake_later();
    void wake();
    void tell(const posix::SpawnOutcome& outcome);

    std::unique_ptr<posix::UnconfirmedExec> child_;
    const posix::UniqueFd& pidfd_;
    Done done_;
    Descriptor report_;   // the child's; not closed here
    Timer timer_;
    int wakes_ = 0;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);   // a handler may be queued when this object ends
};

}   // namespace talos::aio

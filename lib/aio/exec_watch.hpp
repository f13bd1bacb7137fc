#pragma once
#include "aio/timer.hpp"
#include "posix/spawn/spawn.hpp"
#include <functional>
#include <memory>
#include <optional>

namespace talos::aio {

/// Waits until a child calls exec. Other processes of its user can stop the child before that: it gets SIGCONT ten times a second
/// and is killed after ten seconds.
class ExecWatch {
public:
    using Done = std::function<void(const posix::SpawnOutcome& outcome)>;

    /// `pidfd` belongs to the child and must outlive this object. `done` is called once, unless take() returned the outcome
    /// first, and may destroy this object. A child that has failed is about to end, and the caller reaps it.
    ExecWatch(const Executor& executor, std::unique_ptr<posix::UnconfirmedExec> child, const posix::UniqueFd& pidfd, Done done);
    ExecWatch(const ExecWatch&) = delete;
    ExecWatch& operator=(const ExecWatch&) = delete;
    ~ExecWatch();

    /// The outcome, if it is known; it is known at the latest when the child has ended. `done` is not called after that.
    [[nodiscard]] std::optional<posix::SpawnOutcome> take();

private:
    void wait();
    void wake_later();
    void wake();
    void complete(const posix::SpawnOutcome& outcome);

    std::unique_ptr<posix::UnconfirmedExec> child_;
    const posix::UniqueFd& pidfd_;
    Done done_;
    Descriptor report_;   // owned by the child's UnconfirmedExec
    Timer timer_;
    int wakes_ = 0;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);   // a queued handler may outlive this object
};

}   // namespace talos::aio

#include "aio/exec_watch.hpp"

#include "posix/processes/pidfd.hpp"
#include <csignal>
#include <utility>

namespace talos::aio {

ExecWatch::ExecWatch(const Executor& executor, std::unique_ptr<posix::UnconfirmedExec> child, const posix::UniqueFd& pidfd,
                     Done done)
    : child_(std::move(child)), pidfd_(pidfd), done_(std::move(done)), report_(executor), timer_(executor) {
    // The kernel may lack memory for another watched descriptor. The timer checks the child too.
    boost::system::error_code no_memory;
    report_.assign(child_->descriptor(), no_memory);
    if (!no_memory) wait();
    wake_later();
}

ExecWatch::~ExecWatch() {
    if (report_.is_open()) (void)report_.release();
}

std::optional<posix::SpawnOutcome> ExecWatch::take() {
    if (!done_) return std::nullopt;
    auto outcome = child_->check();
    if (outcome) done_ = nullptr;
    return outcome;
}

void ExecWatch::wait() {
    report_.async_wait(Descriptor::wait_read, [this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired() || !done_) return;
        if (const auto outcome = child_->check()) complete(*outcome);
        else wait();
    });
}

void ExecWatch::wake_later() {
    timer_.expires_after(std::chrono::milliseconds{posix::wake_interval_ms});
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired() && done_) wake();
    });
}

void ExecWatch::wake() {
    if (const auto outcome = child_->check()) return complete(*outcome);
    if (++wakes_ < posix::wake_limit) {
        (void)posix::send_signal(pidfd_, SIGCONT);
        return wake_later();
    }
    (void)posix::send_signal(pidfd_, SIGKILL);
    complete(posix::SpawnOutcome{child_->given_up(posix::wake_limit * posix::wake_interval_ms / 1000)});
}

void ExecWatch::complete(const posix::SpawnOutcome& outcome) {
    timer_.cancel();
    const auto done = std::exchange(done_, nullptr);
    done(outcome);   // may destroy this object
}

}   // namespace talos::aio

#include "posix/descent/tree_signal.hpp"

#include "posix/processes/identity.hpp"
#include "posix/processes/pidfd.hpp"
#include <chrono>
#include <csignal>
#include <unistd.h>

namespace talos::posix {

namespace {

bool send(const UniqueFd& pidfd, int signal) {
    if (!send_signal(pidfd, signal)) return false;
    if (signal != SIGKILL && signal != SIGSTOP && signal != SIGCONT) (void)send_signal(pidfd, SIGCONT);
    return true;
}

}   // namespace

TreeSignal::TreeSignal(pid_t child, int signal) : child_(child), signal_(signal), asked_at_(boottime_ticks()) {}

bool TreeSignal::find_child() {
    if (child_ <= 1) return false;
    auto pidfd = pidfd_open(child_);
    const auto its = pidfd ? read_stat(child_) : Result<ProcessStat>(pidfd.error());
    if (!its || its->ppid != ::getpid() || its->start_ticks > asked_at_) return false;
    pidfd_ = std::move(*pidfd);
    tree_.emplace(ProcessKey{child_, its->start_ticks});
    return true;
}

bool TreeSignal::step(SteadyTime end) {
    if (!tree_ && !find_child()) return true;
    if (!listed_ && !(listed_ = tree_->step(end))) return false;
    while (next_ < tree_->found().size()) {
        signal_one(tree_->found()[next_++]);
        if (std::chrono::steady_clock::now() >= end) return false;
    }
    if (send(pidfd_, signal_)) ++count_;
    pidfd_.reset();
    child_ = 0;
    tree_.reset();
    return true;
}

/// The pidfd is open. If the PID and the start time match, it refers to the listed process.
void TreeSignal::signal_one(const ProcessKey& process) {
    const auto pidfd = pidfd_open(process.pid);
    if (!pidfd) return;
    const auto stat = read_stat(process.pid);
    if (stat && stat->start_ticks == process.start_ticks && send(*pidfd, signal_)) ++count_;
}

std::size_t signal_tree(pid_t child, int signal) {
    TreeSignal tree(child, signal);
    while (!tree.step(SteadyTime::max())) {}
    return tree.count();
}

}   // namespace talos::posix

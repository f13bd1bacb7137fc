#include "engine/supervisor/supervisor.hpp"
#include <boost/asio/post.hpp>

/// Children that have ended, or that a signal has stopped or continued.
namespace talos::engine {

namespace {

/// Each look for a child with news costs by the number of those without. After this time the list of children is read, and each is asked.
constexpr std::chrono::milliseconds longest_search{2};
/// A worker can make children of talosd (CLONE_PARENT) that end at once, as fast as they are reaped, or stop and continue for ever. After this
/// time the loop goes on first.
constexpr std::chrono::milliseconds longest_reap{20};

}   // namespace

/// One reaper: every child with news is looked at first; a worker goes through its own pidfd, an orphan is reaped by PID. None may
/// stay, or it would hide the ones behind it. SIGCHLD tells of stops, too, and the same look finds them.
void Supervisor::reap_all() {
    no_children_ = false;
    const auto begin = Clock::now();
    while (Clock::now() - begin < longest_search) {
        const auto seen = services_.kernel.peek_child();
        if (seen.what == posix::Peek::What::none) return;
        if (seen.what == posix::Peek::What::no_children) {
            no_children_ = true;
            return;
        }
        if (!take_news(seen)) return;
    }
    for (const auto& runner : runners_)   // none of them waits for its place in the list
        if (runner->pid() != 0) (void)take_news(services_.kernel.peek_child(runner->pid()));
    reap_listed(begin + longest_reap);
    reap_goes_on_ = true;
    aio::asio::post(services_.executor, [this] {
        reap_goes_on_ = false;
        children_changed();
    });
}

void Supervisor::reap_listed(SteadyTime end) {
    std::vector<pid_t> children;
    if (!services_.kernel.list_children(children)) return;
    for (std::size_t left = children.size(); left > 0 && Clock::now() < end; --left)
        (void)take_news(services_.kernel.peek_child(children[++reap_at_ % children.size()]));
}

/// False when an ended child is still there, or there was no news.
bool Supervisor::take_news(const posix::Peek& seen) {
    switch (seen.what) {
    case posix::Peek::What::ended: return reap_one(seen.pid);
    case posix::Peek::What::changed: note_stop(seen.pid); return true;
    case posix::Peek::What::none:
    case posix::Peek::What::no_children: return false;
    }
    __builtin_unreachable();
}

/// False when it is still there.
bool Supervisor::reap_one(pid_t pid) {
    if (Runner* runner = services_.processes.leader_of(pid); runner != nullptr && runner->pid() == pid) {
        if (reap_main(*runner)) return true;
        if (runner->pid() == pid) return false;   // else its start has failed: it is nobody's main
    }
    const auto status = services_.kernel.reap(pid);
    if (!status || !*status) return false;
    if (services_.processes.is_helper(pid)) {
        orphan_reaped_ = orphan_reaped_ || services_.probes.is_program(pid);   // what it has left is looked for
        services_.processes.helper_ended(pid, **status);
    } else {
        orphans_.reaped(pid);
        orphan_reaped_ = true;
    }
    return true;
}

/// Whether it had ended.
bool Supervisor::reap_main(Runner& runner) {
    const pid_t pid = runner.pid();
    runner.settle_start();
    if (runner.pid() != pid) return false;
    const auto status = runner.reap();
    if (!status) return false;
    if (!runner.go_on(*status)) ended_.push_back({&runner, *status, stamp_now()});
    return true;
}

/// Takes the notice, whosever it is. What a debugger or the terminal has done to a worker's main counts as well as `talosctl pause`.
void Supervisor::note_stop(pid_t pid) {
    const auto change = services_.kernel.take_stop_change(pid);
    Runner* runner = services_.processes.leader_of(pid);
    if (change && runner != nullptr && runner->pid() == pid) runner->kernel_says(*change);
}

}   // namespace talos::engine

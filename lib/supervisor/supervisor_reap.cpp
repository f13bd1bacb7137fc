#include "posix/pidfd.hpp"
#include "posix/process_tree.hpp"
#include "supervisor/supervisor.hpp"
#include <boost/asio/post.hpp>

/// Ended children.
namespace talos::supervisor {

namespace {

/// Each look for an ended child costs by the number of those that live. After this time the list of children is read, and each is asked.
constexpr std::chrono::milliseconds longest_search{2};
/// A worker can make children of talosd that end at once (CLONE_PARENT), as fast as they are reaped. After this time the loop goes on first.
constexpr std::chrono::milliseconds longest_reap{20};

}  // namespace

/// One reaper: every ended child is looked at first; a worker goes through its own pidfd, an orphan is reaped by PID. None may
/// stay, or it would hide the ones behind it.
void Supervisor::reap_all() {
    no_children_ = false;
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < longest_search) {
        const auto seen = posix::peek_ended_child();
        if (seen.what == posix::Peek::What::none) return;
        if (seen.what == posix::Peek::What::no_children) {
            no_children_ = true;
            return;
        }
        if (!reap_one(seen.pid)) return;
    }
    for (const auto& runner : runners_)   // none of them waits for its place in the list
        if (runner->pid() != 0) (void)reap_main(*runner);
    reap_listed(begin + longest_reap);
    reap_goes_on_ = true;
    aio::asio::post(services_.executor, [this] {
        reap_goes_on_ = false;
        children_changed();
    });
}

void Supervisor::reap_listed(SteadyTime end) {
    posix::ChildrenList list;
    std::vector<pid_t> children;
    if (!list.read(children)) return;
    for (std::size_t left = children.size(); left > 0 && std::chrono::steady_clock::now() < end; --left)
        (void)reap_one(children[++reap_at_ % children.size()]);
}

/// False when it is still there.
bool Supervisor::reap_one(pid_t pid) {
    if (Runner* runner = services_.processes.leader_of(pid); runner != nullptr && runner->pid() == pid) {
        if (reap_main(*runner)) return true;
        if (runner->pid() == pid) return false;   // else its start has failed: it is nobody's main
    }
    const auto status = posix::reap(pid);
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

}  // namespace talos::supervisor

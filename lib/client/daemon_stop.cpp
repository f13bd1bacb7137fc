#include "client/daemon_manager.hpp"
#include "client/lock_holders.hpp"
#include "core/duration.hpp"
#include "core/signal_name.hpp"
#include "posix/processes/pidfd.hpp"
#include "state/leftovers.hpp"
#include "state/pid_file.hpp"
#include "state/runtime_directory.hpp"
#include "worker/data/stop_plan.hpp"
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <poll.h>

namespace talos::client {
namespace {

using Clock = std::chrono::steady_clock;
using StopOptions = DaemonManager::StopOptions;
using Stopped = DaemonManager::Stopped;

constexpr Millis longest_wait = std::chrono::hours(24 * 365);
constexpr Millis progress_interval{5'000};
constexpr Millis kernel_grace{10'000};   // for the end of a process that got SIGKILL
constexpr Millis lock_patience{5'000};   // for a lock that a reader of /proc or a dying process still holds

bool is_no_answer(const Failure& failure, int error) { return failure.errno_value() == error; }

void tell(const StopOptions& options, const std::string& line) {
    if (options.progress) options.progress(line);
}

Millis timeout_of(const StopOptions& options, const state::StatusDocument& document) {
    return std::clamp(options.timeout.value_or(document.head.stop_timeout), Millis{0}, longest_wait);
}

/// How long the plans of the leftovers may take: at least as long as they are, unless the caller has less time.
Millis patience_with_leftovers(const StopOptions& options, const state::StatusDocument& document) {
    if (options.force == DaemonManager::Force::yes) return Millis{0};
    if (options.timeout) return *options.timeout;
    Millis longest = document.head.stop_timeout;
    for (const auto& worker : document.workers)
        longest = std::max(longest, worker::plan_length(worker.stop) + worker.stop_hooks + Millis{5'000});
    return longest;
}

/// The names of those who are not down yet, the first few of them.
std::string who_is_left(const std::string& status_file) {
    constexpr std::size_t shown = 5;
    const auto document = state::read_status(status_file);
    if (!document) return "talosd";
    std::string names;
    std::size_t count = 0;
    for (const auto& worker : document->workers) {
        if (worker.pid == 0 && worker.state != worker::State::stopping) continue;
        if (++count <= shown) names += (names.empty() ? "" : ", ") + worker.name;
    }
    if (count == 0) return "talosd";
    return count > shown ? names + " and " + std::to_string(count - shown) + " more" : names;
}

bool is_stopping(const std::string& status_file) {
    const auto document = state::read_status(status_file);
    return document && document->head.state == state::DaemonState::stopping;
}

bool wait_for_end(const posix::UniqueFd& pidfd, SteadyTime deadline) {
    const std::array<const posix::UniqueFd*, 1> pidfds{&pidfd};
    return posix::wait_ended(pidfds, deadline);
}

/// SIGTERM and patience. True when the end was observed. One that stops already is only waited for: to it, a second SIGTERM would mean
/// that nobody waits any longer. Nor is one signalled that began to stop while its answer was awaited.
Result<bool> end_gracefully(const posix::UniqueFd& pidfd, const state::StatusDocument& document, const StopOptions& options,
                            const std::string& status_file) {
    const std::string who = "talosd (PID " + std::to_string(document.head.identity.pid) + ")";
    (void)posix::send_signal(pidfd, SIGCONT);   // a suspended one would neither answer nor act on SIGTERM
    if (document.head.state != state::DaemonState::stopping && !(options.ask && options.ask()) && !is_stopping(status_file)) {
        if (const auto sent = posix::send_signal(pidfd, SIGTERM); !sent) {
            if (is_no_answer(sent.error(), ESRCH)) return true;
            return Failure{sent.error().code, "stop " + who};
        }
    }
    const auto deadline = Clock::now() + timeout_of(options, document);
    for (auto next = Clock::now() + Millis{1'000};; next += progress_interval) {
        if (wait_for_end(pidfd, std::min(next, deadline))) return true;
        const auto left = elapsed(Clock::now(), deadline);
        if (left <= Millis{0}) return false;
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(left);
        tell(options, "waiting for " + who_is_left(status_file) + "; talosd itself is killed in " + human_duration(seconds));
    }
}

Result<> kill_now(const posix::UniqueFd& pidfd, pid_t pid) {
    const std::string who = "talosd (PID " + std::to_string(pid) + ")";
    if (const auto sent = posix::send_signal(pidfd, SIGKILL); !sent && !is_no_answer(sent.error(), ESRCH)) {
        return Failure{sent.error().code, "kill " + who};
    }
    if (!wait_for_end(pidfd, Clock::now() + kernel_grace)) return failure_of(ETIMEDOUT, who + " is still there after SIGKILL");
    return {};
}

Result<state::PidFile> acquire_patiently(const std::string& path) {
    const auto deadline = Clock::now() + lock_patience;
    for (;;) {
        auto lock = state::PidFile::acquire(path);
        if (lock || !is_no_answer(lock.error(), EWOULDBLOCK) || Clock::now() >= deadline) return lock;
        ::poll(nullptr, 0, 10);
    }
}

std::string describe(const SurvivorEvent& event) {
    const std::string who = event.worker.empty() ? std::string("processes of no listed worker") : event.worker;
    switch (event.what) {
    case SurvivorEvent::What::signalled:
        return who + ": " + signal_name(event.signal) + " to " + std::to_string(event.processes) +
               (event.processes == 1 ? " process" : " processes") +
               (event.wait > Millis{0} ? ", waiting up to " + human_duration(event.wait) : "");
    case SurvivorEvent::What::gone: return who + ": gone";
    case SurvivorEvent::What::unread: return event.worker;
    }
    __builtin_unreachable();
}

/// Ends what a daemon that is gone left behind, and removes its files; the number of processes that had to be ended.
Result<std::size_t> take_over(const state::DataDirectory& files, const StopOptions& options) {
    if (const auto own = may_act_on(files); !own) return own.error();
    auto lock = acquire_patiently(files.pid_file());
    if (!lock && is_no_answer(lock.error(), EWOULDBLOCK) && end_lock_holders(files) > 0)
        lock = acquire_patiently(files.pid_file());
    if (!lock) return lock.error();
    const auto document = state::read_left_status(files);
    if (!document) return document.error();
    std::size_t ended = 0;
    if (*document) {
        const auto report = [&](const SurvivorEvent& event) {
            if (event.what == SurvivorEvent::What::gone) ended += event.processes;
            if (event.what != SurvivorEvent::What::unread) tell(options, describe(event));
            else if (options.warning) options.warning(event.worker);
        };
        if (!end_survivors(**document, patience_with_leftovers(options, **document), report)) {
            return failure_of(EBUSY,
                              "end the workers that talosd left in " + files.path() + ": some are still there after SIGKILL");
        }
    }
    state::RuntimeDirectory::remove_leftovers(files);
    if (const auto removed = state::remove_files(files, *lock); !removed) return removed.error();
    return ended;
}

}   // namespace

Result<Stopped> DaemonManager::stop(const StopOptions& options) const {
    auto found = probe_settled(Millis{2'000}, options.progress);
    if (found.state == Probe::State::unknown && may_act_on(files_) && end_lock_holders(files_) > 0) found = probe_settled();
    Stopped stopped;
    switch (found.state) {
    case Probe::State::not_running: return stopped;
    case Probe::State::starting:   // probe_settled made it unknown
    case Probe::State::unknown:
        if (found.no_permission)
            return may_act_on(files_) ? failure_of(EACCES, "look at " + pid_file()) : failure_of(EPERM, found.reason);
        return refused(found.reason);
    case Probe::State::dead: break;
    case Probe::State::running: {
        stopped.was_running = true;
        const pid_t pid = found.document->head.identity.pid;
        const auto pidfd = posix::open_process(found.document->head.identity);
        if (!pidfd && !is_no_answer(pidfd.error(), ESRCH)) return pidfd.error();
        bool ended = !pidfd;
        if (!ended && options.force == Force::no) {
            const auto graceful = end_gracefully(*pidfd, *found.document, options, status_file());
            if (!graceful) return graceful.error();
            ended = *graceful;
        }
        if (!ended) {
            if (const auto killed = kill_now(*pidfd, pid); !killed) return killed.error();
            stopped.killed = true;
        }
        if (pidfd) (void)posix::reap(*pidfd);   // ours when we started it; otherwise ECHILD
        break;
    }
    }
    const auto left = probe_settled();   // a child of the killed one may hold its lock until it has exec'ed
    // Nothing left, or the next daemon is there already: what lies in the directory is its own.
    if (left.state != Probe::State::dead) return stopped;
    const auto survivors = take_over(files_, options);
    if (!survivors) return survivors.error();
    stopped.survivors = *survivors;
    return stopped;
}

}   // namespace talos::client

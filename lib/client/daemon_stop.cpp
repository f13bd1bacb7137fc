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
constexpr Millis kernel_grace{10'000};   // for the exit of a process after SIGKILL
constexpr Millis lock_patience{5'000};   // for a lock that a reader of /proc or an exiting process still holds

bool is_no_answer(const Failure& failure, int error) { return failure.errno_value() == error; }

void report_progress(const StopOptions& options, const std::string& line) {
    if (options.progress) options.progress(line);
}

Millis timeout_of(const StopOptions& options, const state::StatusDocument& document) {
    return std::clamp(options.timeout.value_or(document.head.stop_timeout), Millis{0}, longest_wait);
}

/// The time limit for the stop plans of leftover processes: the longest plan, or the caller's timeout if that is shorter.
Millis patience_with_leftovers(const StopOptions& options, const state::StatusDocument& document) {
    if (options.force == DaemonManager::Force::yes) return Millis{0};
    if (options.timeout) return *options.timeout;
    Millis longest = document.head.stop_timeout;
    for (const auto& worker : document.workers)
        longest = std::max(longest, worker::plan_length(worker.stop) + worker.stop_hooks + Millis{5'000});
    return longest;
}

/// The names of the workers that are still up, limited to the first few.
std::string running_workers(const std::string& status_file) {
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

/// Sends SIGTERM and waits. True if the exit was observed. A talosd that is already stopping is only waited for: a second SIGTERM
/// would mean that the caller gives up waiting. The same holds for a talosd that began to stop while its answer was pending.
Result<bool> end_gracefully(const posix::UniqueFd& pidfd, const state::StatusDocument& document, const StopOptions& options,
                            const std::string& status_file) {
    const std::string name = "talosd (PID " + std::to_string(document.head.identity.pid) + ")";
    (void)posix::send_signal(pidfd, SIGCONT);   // a suspended process neither answers nor acts on SIGTERM
    if (document.head.state != state::DaemonState::stopping && !(options.ask && options.ask()) && !is_stopping(status_file)) {
        if (const auto sent = posix::send_signal(pidfd, SIGTERM); !sent) {
            if (is_no_answer(sent.error(), ESRCH)) return true;
            return Failure{sent.error().code, "stop " + name};
        }
    }
    const auto deadline = Clock::now() + timeout_of(options, document);
    for (auto next = Clock::now() + Millis{1'000};; next += progress_interval) {
        if (wait_for_end(pidfd, std::min(next, deadline))) return true;
        const auto left = elapsed(Clock::now(), deadline);
        if (left <= Millis{0}) return false;
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(left);
        report_progress(options,
                        "waiting for " + running_workers(status_file) + "; talosd gets SIGKILL in " + human_duration(seconds));
    }
}

Result<> kill_now(const posix::UniqueFd& pidfd, pid_t pid) {
    const std::string name = "talosd (PID " + std::to_string(pid) + ")";
    if (const auto sent = posix::send_signal(pidfd, SIGKILL); !sent && !is_no_answer(sent.error(), ESRCH)) {
        return Failure{sent.error().code, "kill " + name};
    }
    if (!wait_for_end(pidfd, Clock::now() + kernel_grace)) return failure_of(ETIMEDOUT, name + " has not exited after SIGKILL");
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
    const std::string name = event.worker.empty() ? std::string("processes without a listed worker") : event.worker;
    switch (event.what) {
    case SurvivorEvent::What::signalled:
        return name + ": " + signal_name(event.signal) + " to " + std::to_string(event.processes) +
               (event.processes == 1 ? " process" : " processes") +
               (event.wait > Millis{0} ? ", waiting up to " + human_duration(event.wait) : "");
    case SurvivorEvent::What::gone: return name + ": exited";
    case SurvivorEvent::What::unread: return event.worker;
    }
    __builtin_unreachable();
}

/// Ends the leftover processes of a daemon that has exited, and removes its files. Returns the number of processes that had to be
/// ended.
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
            if (event.what != SurvivorEvent::What::unread) report_progress(options, describe(event));
            else if (options.warning) options.warning(event.worker);
        };
        if (!end_survivors(**document, patience_with_leftovers(options, **document), report)) {
            return failure_of(EBUSY,
                              "end the workers that talosd left in " + files.path() + ": some have not exited after SIGKILL");
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
    case Probe::State::starting:   // unreachable: probe_settled reports it as unknown
    case Probe::State::unknown:
        if (found.no_permission)
            return may_act_on(files_) ? failure_of(EACCES, "read " + pid_file()) : failure_of(EPERM, found.reason);
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
        if (pidfd) (void)posix::reap(*pidfd);   // talosctl's own child if it started talosd; otherwise ECHILD
        break;
    }
    }
    const auto left = probe_settled();   // a child of the killed talosd may hold its lock until its exec
    // There is nothing left, or the next daemon is already running and the files are its own.
    if (left.state != Probe::State::dead) return stopped;
    const auto survivors = take_over(files_, options);
    if (!survivors) return survivors.error();
    stopped.survivors = *survivors;
    return stopped;
}

}   // namespace talos::client

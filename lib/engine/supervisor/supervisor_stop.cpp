#include "core/duration.hpp"
#include "engine/supervisor/supervisor.hpp"
#include "turn/signal_work.hpp"
#include "worker/data/stop_plan.hpp"
#include <algorithm>
#include <unistd.h>
#include <unordered_set>

/// The end of talosd: all workers by their plans, then whatever is left of nobody's processes, until the kernel says that none is.
namespace talos::engine {

namespace {

constexpr auto stranger_grace = std::chrono::seconds{2};
constexpr auto first_word = std::chrono::seconds{1};
constexpr auto further_words = std::chrono::seconds{5};
constexpr auto removal_grace = std::chrono::seconds{3};
constexpr auto writing_grace = std::chrono::seconds{3};   // for all logs that other processes write
constexpr auto kernel_grace =
    std::chrono::seconds{4};            // for the end of a process that got SIGKILL: less than talosctl gives talosd
constexpr std::size_t most_told = 20;   // of unowned processes, in the log; status.json has them all

}   // namespace

void Supervisor::stop(Stop how, std::function<void()> finished) {
    const bool first = !stopping();
    if (first) finished_ = std::move(finished);
    if (services_.compressor) services_.compressor->stop();   // the next talosd does what is left
    how_ = how;
    for (const auto& runner : runners_) runner->ask_down(how == Stop::now ? Runner::Patience::none : Runner::Patience::plan);
    if (how == Stop::now && stranger_signal_ != 0) end_strangers(SIGKILL);
    if (first) {
        stop_timer_.expires_after(first_word);
        stop_timer_.async_wait([this](const auto& error) {
            if (!error) tell_whom_we_wait_for();
        });
    }
    touch();
}

void Supervisor::check_rest() {
    if (!on_rest_ || stopping()) return;
    for (const auto& runner : runners_)
        if (runner->at_rest()) on_rest_(*runner);
}

bool Supervisor::all_at_rest() const {
    return std::all_of(runners_.begin(), runners_.end(), [](const auto& runner) { return runner->at_rest(); });
}

/// Finished is what the kernel says (ECHILD), not what we believe.
void Supervisor::check_finished() {
    if (!stopping() || gave_up_ || !ended_.empty() || !all_at_rest() || waits_for_removals()) return;
    const auto seen = services_.kernel.peek_ended_child();
    if (seen.what == posix::Peek::What::no_children) {
        all_ended();
        return;
    }
    if (seen.what == posix::Peek::What::ended) return;   // its SIGCHLD is on the way
    const auto read = orphans_.refresh();
    if (!read) services_.observer.message(turn::Level::error, read.error().message());
    else if (orphans_.only_output_left()) return all_ended();
    if (stranger_signal_ == 0) end_strangers(how_ == Stop::now ? SIGKILL : SIGTERM);
    else if (stranger_signal_ == SIGKILL) end_strangers(SIGKILL);   // who appeared since
}

/// Those of runtime directories, for some seconds at most.
bool Supervisor::waits_for_removals() {
    auto& directories = services_.directories;
    if (!directories || !directories->removing()) return false;
    if (how_ == Stop::now) directories->abandon();
    if (std::exchange(removals_limited_, true)) return true;
    stop_timer_.expires_after(removal_grace);
    stop_timer_.async_wait([this](const auto& error) {
        if (!error) services_.directories->abandon();
    });
    return true;
}

void Supervisor::all_ended() {
    stop_timer_.cancel();
    settle_timer_.cancel();
    finish_output();
    auto finished = finished_;
    finished();
}

/// The relays pass on the last words, the writers write them, and are of no use after that.
void Supervisor::finish_output() {
    for (const auto& runner : runners_) runner->end_output();
    if (services_.relays) services_.relays->end();
    if (services_.writers) services_.writers->flush(writing_grace);
    for (const auto& runner : runners_) runner->finish_output();
    if (services_.writers) services_.writers->end();
}

void Supervisor::end_strangers(int signal) {
    const bool news = signal != stranger_signal_;
    stranger_signal_ = signal;
    if (news) services_.sliced->drop(this);
    if (!services_.sliced->has(this)) {
        const auto strangers = orphans_.all();   // every worker is at rest: whoever is left is nobody's
        auto work = std::make_shared<turn::SignalWork>(services_.kernel, signal);
        work->add_trees(strangers);
        if (news && !strangers.empty())
            services_.observer.message(turn::Level::warning,
                                       (signal == SIGKILL ? "SIGKILL" : "SIGTERM") +
                                           (" to processes that belong to no worker: " + turn::pids_text(strangers)));
        services_.sliced->add(this, [work](SteadyTime end) { return work->step(end); });
    }
    if (!news) return;
    stop_timer_.expires_after(signal == SIGKILL ? kernel_grace : stranger_grace);
    stop_timer_.async_wait([this, signal](const auto& error) {
        if (error) return;
        if (signal == SIGKILL) give_up();
        else end_strangers(SIGKILL);
    });
}

/// What cannot be proven to be a worker's is shown, so that no stopped worker's process goes on unseen.
void Supervisor::tell_unowned() {
    if (!orphans_.take_unowned_changed()) return;
    const auto& unowned = orphans_.unowned();
    std::unordered_set<pid_t> told;
    for (const auto& process : unowned) {
        told.insert(process.pid);
        if (told_unowned_.contains(process.pid) || told.size() > most_told) continue;
        services_.observer.message(
            turn::Level::warning, "process " + std::to_string(process.pid) + " (" + process.command +
                                      ") was left over and cannot be proven to belong to a worker; talosd ends it when it stops");
    }
    told_unowned_ = std::move(told);
    services_.recorder.set_unowned(unowned);
}

void Supervisor::tell_whom_we_wait_for() {
    if (all_at_rest()) return;
    std::string who;
    Millis kill_in{0};
    std::size_t count = 0;
    const auto now = Clock::now();
    for (const auto& runner : runners_) {
        if (runner->at_rest() || runner->worker().leaves_later()) continue;   // the latter wait, too
        if (++count <= 5) who += (who.empty() ? "" : ", ") + runner->spec().name;
        kill_in = std::max(kill_in, std::chrono::ceil<Millis>(runner->kill_due().steady - now));
    }
    if (count == 0) return end_mutual_waits();
    only_waits_ = false;
    if (count > 5) who += " and " + std::to_string(count - 5) + " more";
    const bool all_killed = count != 0 && kill_in.count() <= 0;
    if (!all_killed) killed_since_.reset();
    else if (!killed_since_) killed_since_ = now;
    else if (now >= *killed_since_ + kernel_grace) return give_up();
    const auto when = std::chrono::ceil<std::chrono::seconds>(kill_in);
    services_.observer.message(turn::Level::info,
                               "waiting for " + who +
                                   (kill_in.count() > 0 ? ", SIGKILL in " + human_duration(when) : ", SIGKILL was sent"));
    // Looked at again when the last SIGKILL is due, and when its grace is over.
    const auto next =
        all_killed ? *killed_since_ + kernel_grace - now : std::chrono::steady_clock::duration(std::max(kill_in, Millis{1}));
    stop_timer_.expires_after(std::min<std::chrono::steady_clock::duration>(further_words, next));
    stop_timer_.async_wait([this](const auto& error) {
        if (!error) tell_whom_we_wait_for();
    });
}

/// Whoever is left waits for others to go down first, and none of them does. That may be for the loop's next turn to decide; the second
/// time they wait for each other.
void Supervisor::end_mutual_waits() {
    if (std::exchange(only_waits_, true)) {
        std::string who;
        for (const auto& runner : runners_) {
            if (!runner->worker().leaves_later()) continue;
            who += (who.empty() ? "" : ", ") + runner->spec().name;
            runner->handle(worker::DependentsGone{stamp_now()}, {.cause = "stop"});
        }
        services_.observer.message(turn::Level::error,
                                   "each of these waits for another one to stop: " + who + "; talosd stops them all at once");
        touch();
    }
    stop_timer_.expires_after(first_word);
    stop_timer_.async_wait([this](const auto& error) {
        if (!error) tell_whom_we_wait_for();
    });
}

/// What is stuck in the kernel, or held by a tracer, may never end. The status stays, so that the next start ends it before anything else.
void Supervisor::give_up() {
    std::string who;
    std::unordered_set<pid_t> mains;
    const auto name = [&](const std::string& text) { who += (who.empty() ? "" : ", ") + text; };
    for (const auto& runner : runners_) {
        if (runner->at_rest()) continue;
        mains.insert(runner->pid());
        name(runner->spec().name + (runner->pid() > 0 ? " (pid " + std::to_string(runner->pid()) + ")" : ""));
    }
    const auto all = services_.kernel.descendants({::getpid(), 0});
    while (!all->step(SteadyTime::max())) {}
    for (const auto& [pid, start_ticks] : all->found())   // unowned ones, and children that were given up before their exec
        if (!mains.contains(pid) && !services_.serves_output(pid)) name("pid " + std::to_string(pid));
    services_.observer.message(
        turn::Level::error,
        "stopping without " + who + ": SIGKILL did not end it within " + human_duration(kernel_grace) +
            "; it is stuck in the kernel, or a tracer holds it; the next start or talosctl stop ends it first");
    gave_up_ = true;
    settle_timer_.cancel();
    finish_output();
    finished_();
}

}   // namespace talos::engine

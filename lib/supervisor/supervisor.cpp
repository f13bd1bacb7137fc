#include "supervisor/supervisor.hpp"

#include "core/duration.hpp"
#include "posix/pidfd.hpp"
#include "posix/random.hpp"
#include "posix/tree_signal.hpp"
#include "worker/stop_plan.hpp"
#include <algorithm>
#include <boost/asio/post.hpp>
#include <unordered_map>

namespace talos::supervisor {

namespace {

/// A turn spawns for at most this long, so that signals are heard while thousands of workers start.
constexpr auto spawn_budget = std::chrono::milliseconds{50};
/// Below this cost the children list is read whenever something ended; above, at most for a tenth of the time.
constexpr auto cheap_refresh = std::chrono::microseconds{100};
constexpr auto stranger_grace = std::chrono::seconds{2};
constexpr auto first_word = std::chrono::seconds{1};
constexpr auto further_words = std::chrono::seconds{5};

}  // namespace

Supervisor::Supervisor(Services& services, std::vector<config::WorkerSpec> workers)
    : services_(services), orphans_(services.processes, services.run, [this](const std::string& name) { return find(name); }),
      seed_(posix::random_number()), settle_timer_(services.executor), stop_timer_(services.executor) {
    runners_.reserve(workers.size());
    for (auto& spec : workers) (void)make(std::move(spec), next_index_++);
    services_.touch = [this] { touch(); };
    services_.recorder.tell(services_.board);
    services_.recorder.set_rows([this, row = daemon::WorkerStatus{}](const auto& add) mutable -> Result<> {
        for (const auto& runner : runners_) {
            runner->fill(row);
            if (auto added = add(row); !added) return added;
        }
        return {};
    });
}

Millis Supervisor::stop_timeout(const std::vector<config::WorkerSpec>& workers) {
    Millis longest{0};
    for (const auto& spec : workers) longest = std::max(longest, worker::plan_length(spec.stop));
    return longest + std::chrono::seconds{5};
}

// --- who there is -------------------------------------------------------------------------------------------------

Runner& Supervisor::add(config::WorkerSpec spec) {
    if (Runner* known = find(spec.name)) {
        known->set_leaving(false);
        known->reconfigure(spec);
        return *known;
    }
    const auto used = former_.find(spec.name);
    return make(std::move(spec), used != former_.end() ? used->second : next_index_++);
}

Runner& Supervisor::make(config::WorkerSpec spec, std::size_t index) {
    services_.observer.named(index, spec.name);
    // one draw for all: jitter needs no more than different seeds
    constexpr std::uint64_t apart = 0x9e3779b97f4a7c15u;
    seed_ += apart;
    runners_.push_back(std::make_unique<Runner>(services_, index, std::move(spec), seed_));
    services_.recorder.changed();
    return *runners_.back();
}

control::Wish Supervisor::remove(Runner& runner, const Why& why) {
    runner.set_leaving(true);
    some_leave_ = true;
    return runner.ask(control::Verb::stop, why);
}

void Supervisor::order(const std::vector<std::string>& names) {
    std::unordered_map<std::string_view, std::size_t> place;
    for (std::size_t i = 0; i < names.size(); ++i) place.emplace(names[i], i);
    const auto rank = [&](const std::unique_ptr<Runner>& runner) {
        const auto found = place.find(runner->spec().name);
        return found == place.end() ? names.size() : found->second;
    };
    std::stable_sort(runners_.begin(), runners_.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    services_.recorder.changed();
}

/// Only here, at the end of a turn: nobody on the stack has one of them in hand.
void Supervisor::let_go() {
    if (!some_leave_) return;
    some_leave_ = false;
    std::erase_if(runners_, [this](const auto& runner) {
        if (!runner->leaving()) return false;
        if (!runner->can_go()) {
            some_leave_ = true;
            return false;
        }
        runner->forget_process();
        former_.emplace(runner->spec().name, runner->index());
        services_.recorder.removed(runner->spec().name, nullptr);
        return true;
    });
}

void Supervisor::start(std::function<void()> running) {
    running_ = std::move(running);
    const Stamp now = stamp_now();
    for (const auto& runner : runners_)
        if (runner->spec().autostart) runner->handle(worker::StartAsked{now}, {.cause = "autostart"});
    touch();
}

void Supervisor::stop(Stop how, std::function<void()> finished) {
    const bool first = !stopping();
    if (first) finished_ = std::move(finished);
    how_ = how;
    const Stamp now = stamp_now();
    for (const auto& runner : runners_) {
        if (how == Stop::now) runner->ask_down(worker::KillAsked{now});
        else runner->ask_down(worker::StopAsked{now});
    }
    if (how == Stop::now && stranger_signal_ != 0) end_strangers(SIGKILL);
    if (first) {
        stop_timer_.expires_after(first_word);
        stop_timer_.async_wait([this](const auto& error) { if (!error) tell_whom_we_wait_for(); });
    }
    touch();
}

void Supervisor::reopen_logs() {
    for (const auto& runner : runners_) runner->reopen_log();
}

// --- the turn -----------------------------------------------------------------------------------------------------

void Supervisor::touch() {
    if (turn_asked_) return;
    turn_asked_ = true;
    aio::asio::post(services_.executor, [this] { serve_turn(); });
}

void Supervisor::children_changed() {
    const auto begin = std::chrono::steady_clock::now();
    reap_all();
    settle();
    end_of_turn();   // now, not posted: whoever died is to be replaced before anything else is looked at
    services_.statistics.turn.observe(std::chrono::steady_clock::now() - begin);
}

void Supervisor::serve_turn() {
    const auto begin = std::chrono::steady_clock::now();
    end_of_turn();
    services_.statistics.turn.observe(std::chrono::steady_clock::now() - begin);
}

void Supervisor::end_of_turn() {
    turn_asked_ = false;
    spawn_queued();
    if (running_ && services_.spawn_queue.empty()) std::exchange(running_, nullptr)();
    check_rest();
    let_go();
    if (on_turn_) on_turn_();
    services_.recorder.end_of_turn();
    if (services_.recorder.take_news()) services_.board.changed();
    check_finished();
}

void Supervisor::spawn_queued() {
    const auto end = std::chrono::steady_clock::now() + spawn_budget;
    auto& queue = services_.spawn_queue;
    for (auto left = queue.size(); left > 0; --left) {   // a worker queued meanwhile waits for the next turn
        Runner* runner = queue.front();
        queue.pop_front();
        runner->spawn();
        if (left > 1 && std::chrono::steady_clock::now() >= end) break;
    }
    if (!queue.empty()) touch();
}

// --- who has ended ------------------------------------------------------------------------------------------------

/// One reaper: every ended child is looked at first; a worker goes through its own pidfd, an orphan is reaped by PID. None may
/// stay, or it would hide the ones behind it.
void Supervisor::reap_all() {
    no_children_ = false;
    for (;;) {
        const auto seen = posix::peek_ended_child();
        if (seen.what == posix::Peek::What::none) return;
        if (seen.what == posix::Peek::What::no_children) {
            no_children_ = true;
            return;
        }
        Runner* runner = services_.processes.leader_of(seen.pid);
        if (runner != nullptr && runner->pid() == seen.pid) {
            if (const auto status = runner->reap()) ended_.push_back({runner, *status, stamp_now()});
            else return;
        } else {
            (void)posix::reap(seen.pid);
            orphans_.reaped(seen.pid);
            orphan_reaped_ = true;
        }
    }
}

/// Exits are published once it is known whether more of their trees is left. That costs one read of the children list, by the
/// number of children: while thousands end, not at every turn.
void Supervisor::settle() {
    if (ended_.empty() && !orphan_reaped_ && !no_children_) return;
    if (no_children_) {
        orphans_.clear();
    } else {
        const auto now = std::chrono::steady_clock::now();
        const auto due = last_refresh_ + 10 * orphans_.cost();
        if (orphans_.cost() > cheap_refresh && now < due) return settle_at(due);
        if (const auto read = orphans_.refresh(); !read) services_.observer.message(Level::error, read.error().message());
        last_refresh_ = std::chrono::steady_clock::now();
    }
    publish_exits();
    publish_empty_trees();
    orphan_reaped_ = false;
}

void Supervisor::settle_at(SteadyTime due) {
    if (settle_set_) return;
    settle_set_ = true;
    settle_timer_.expires_at(due);
    settle_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        settle_set_ = false;
        children_changed();
    });
}

void Supervisor::publish_exits() {
    for (const auto& [runner, status, at] : std::exchange(ended_, {})) {
        const auto orphans = orphans_.of(runner);
        runner->adopt(orphans, {});
        runner->handle(worker::Exited{at, status, !orphans.empty()});
    }
}

void Supervisor::publish_empty_trees() {
    if (!orphan_reaped_ && !no_children_) return;
    const Stamp now = stamp_now();
    for (const auto& runner : runners_) {
        if (!runner->worker().rest_alive) continue;
        const auto orphans = orphans_.of(runner.get());
        runner->adopt(orphans, orphans_.fresh_of(runner.get()));
        if (orphans.empty()) runner->handle(worker::RestGone{now});
    }
}

// --- the end ------------------------------------------------------------------------------------------------------

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
    if (!stopping() || !ended_.empty() || !all_at_rest()) return;
    const auto seen = posix::peek_ended_child();
    if (seen.what == posix::Peek::What::no_children) {
        stop_timer_.cancel();
        settle_timer_.cancel();
        auto finished = finished_;
        finished();
        return;
    }
    if (seen.what == posix::Peek::What::ended) return;   // its SIGCHLD is on the way
    if (const auto read = orphans_.refresh(); !read) services_.observer.message(Level::error, read.error().message());
    if (stranger_signal_ == 0) end_strangers(how_ == Stop::now ? SIGKILL : SIGTERM);
    else if (stranger_signal_ == SIGKILL) end_strangers(SIGKILL);   // who appeared since
}

void Supervisor::end_strangers(int signal) {
    const bool news = signal != stranger_signal_;
    stranger_signal_ = signal;
    std::string who;
    for (const pid_t pid : orphans_.all()) {   // every worker is at rest: whoever is left is nobody's
        (void)posix::signal_tree(pid, signal);
        who += (who.empty() ? "" : ", ") + std::to_string(pid);
    }
    if (news && !who.empty()) {
        const std::string_view verb = signal == SIGKILL ? "SIGKILL" : "SIGTERM";
        services_.observer.message(Level::warning, std::string(verb) + " to processes that belong to no worker: pid " + who);
    }
    if (!news || signal == SIGKILL) return;
    stop_timer_.expires_after(stranger_grace);
    stop_timer_.async_wait([this](const auto& error) { if (!error) end_strangers(SIGKILL); });
}

void Supervisor::tell_whom_we_wait_for() {
    if (all_at_rest()) return;
    std::string who;
    Millis kill_in{0};
    std::size_t count = 0;
    const auto now = std::chrono::steady_clock::now();
    for (const auto& runner : runners_) {
        if (runner->at_rest()) continue;
        if (++count <= 5) who += (who.empty() ? "" : ", ") + runner->spec().name;
        const auto& worker = runner->worker();
        kill_in = std::max(kill_in, worker::plan_length(worker.spec->stop) - elapsed(worker.since.steady, now));
    }
    if (count > 5) who += " and " + std::to_string(count - 5) + " more";
    const auto when = std::chrono::ceil<std::chrono::seconds>(kill_in);
    services_.observer.message(Level::info, "waiting for " + who +
                                                (kill_in.count() > 0 ? ", SIGKILL in " + human_duration(when) : ", SIGKILL was sent"));
    stop_timer_.expires_after(further_words);
    stop_timer_.async_wait([this](const auto& error) { if (!error) tell_whom_we_wait_for(); });
}

Runner* Supervisor::find(std::string_view name) const {
    const auto found = std::find_if(runners_.begin(), runners_.end(), [&](const auto& r) { return r->spec().name == name; });
    return found == runners_.end() ? nullptr : found->get();
}

}  // namespace talos::supervisor

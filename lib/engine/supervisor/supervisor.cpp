#include "engine/supervisor/supervisor.hpp"

#include "core/duration.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/processes/process_tree.hpp"
#include "worker/data/stop_plan.hpp"
#include <algorithm>
#include <boost/asio/post.hpp>
#include <unordered_map>

namespace talos::engine {

namespace {

/// What a graceful stop may take besides the plans.
constexpr auto stop_margin = std::chrono::seconds{5};
/// A turn spawns for at most this long, so that signals are heard while thousands of workers start.
constexpr auto spawn_budget = std::chrono::milliseconds{50};
/// Below this cost the children list is read whenever something ended; above, at most for a tenth of the time.
constexpr auto cheap_refresh = std::chrono::microseconds{100};
constexpr auto longest_pause = std::chrono::milliseconds{50};

/// Of stop plans with their hooks, from those that go first.
Millis longest_chain(const std::vector<const config::WorkerSpec*>& workers) {
    const config::DependencyGraph graph(workers);
    auto order = graph.start_order();
    std::reverse(order.begin(), order.end());
    std::vector<Millis> before(workers.size());   // what those take who go before it
    Millis longest{0};
    for (const auto worker : order) {
        const Millis gone =
            before[worker] + worker::plan_length(workers[worker]->stop) + worker::stop_hooks_length(*workers[worker]);
        longest = std::max(longest, gone);
        for (auto edge = graph.first_edge(worker); edge < graph.last_edge(worker); ++edge)
            before[graph.edges()[edge].dependency] = std::max(before[graph.edges()[edge].dependency], gone);
    }
    return longest;
}

}   // namespace

Supervisor::Supervisor(turn::Services& services, std::vector<config::WorkerSpec> workers, std::uint64_t seed)
    : services_(services), orphans_(services, runners_), seed_(seed), settle_timer_(services.executor),
      stop_timer_(services.executor) {
    runners_.reserve(workers.size());
    for (auto& spec : workers) (void)make(std::move(spec), next_index_++);
    services_.touch = [this] { touch(); };
    services_.find_worker = [this](const std::string& name) { return find(name); };
    services_.owner_of = [this](pid_t pid) { return orphans_.find_owner(pid); };
    services_.owner_by_all = [this](pid_t pid, const posix::Marks& marks) { return orphans_.find_owner(pid, marks); };
    if (!services_.memory)
        services_.memory =
            std::make_unique<aio::MemoryReads>(services_.executor, [this](pid_t child, std::function<void()> ended) {
                services_.processes.helper(child, [ended = std::move(ended)](const ExitStatus&) { ended(); });
            });
    services_.trees_changed = [this] {
        orphan_reaped_ = true;
        children_changed();
    };
    services_.recorder.tell(services_.event_bus);
    services_.recorder.set_rows([this, row = state::WorkerStatus{}](const auto& add) mutable -> Result<> {
        for (const auto& runner : runners_) {
            runner->fill(row);
            if (auto added = add(row); !added) return added;
        }
        return {};
    });
}

Millis Supervisor::stop_timeout(const std::vector<config::WorkerSpec>& workers) {
    return longest_chain(config::pointers_to(workers)) + stop_margin;
}

Millis Supervisor::stop_timeout() const {
    std::vector<const config::WorkerSpec*> staying;
    std::vector<const config::WorkerSpec*> leaving;   // others may wait for these, and these for others
    for (const auto& runner : runners_) (runner->leaving() ? leaving : staying).push_back(&runner->spec());
    return longest_chain(staying) + longest_chain(leaving) + stop_margin;
}

void Supervisor::start(std::function<void()> running) {
    running_ = std::move(running);
    const Stamp now = stamp_now();
    look_at_dependencies();
    for (const auto& runner : runners_) {
        if (!runner->spec().autostart || runner->disabled()) continue;
        runner->handle(worker::StartAsked{now}, {.cause = "autostart"});
        if (dependencies_) services_.asked_up.push_back({runner.get(), std::nullopt});
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
    if (reap_goes_on_) return;   // in its own time
    const auto begin = Clock::now();
    reap_all();
    settle();
    end_of_turn();   // now, not posted: whoever died is to be replaced before anything else is looked at
    services_.statistics.turn.observe(Clock::now() - begin);
}

void Supervisor::serve_turn() {
    const auto begin = Clock::now();
    end_of_turn();
    services_.statistics.turn.observe(Clock::now() - begin);
}

void Supervisor::end_of_turn() {
    turn_asked_ = false;
    look_at_dependencies();
    spawn_queued();
    if (running_ && services_.spawn_queue.empty()) std::exchange(running_, nullptr)();
    check_rest();
    let_go();
    if (on_turn_) on_turn_();
    services_.recorder.end_of_turn();
    if (services_.recorder.take_news()) services_.event_bus.changed();
    check_finished();
}

void Supervisor::spawn_queued() {
    if (services_.spawn_queue.empty()) return;
    const posix::DescriptorShare share(posix::DescriptorShare::For::workers);
    const auto end = Clock::now() + spawn_budget;
    auto& queue = services_.spawn_queue;
    for (auto left = queue.size(); left > 0; --left) {   // a worker queued meanwhile waits for the next turn
        Runner* runner = queue.front();
        queue.pop_front();
        runner->spawn();
        if (left > 1 && Clock::now() >= end) break;
    }
    if (!queue.empty()) touch();
}

// --- who has ended ------------------------------------------------------------------------------------------------

/// Exits are published once it is known whether more of their trees is left. That costs one read of the children list, by the
/// number of children: while thousands end, not at every turn. And of thousands of orphans that are there at once only some are looked at in
/// a turn; what may be of an exit's run waits for those that were there then.
void Supervisor::settle() {
    if (ended_.empty() && !orphan_reaped_ && !no_children_ && services_.ended_hooks.empty()) return;
    if (no_children_) {
        orphans_.clear();
    } else {
        const auto now = Clock::now();
        const auto pause = orphans_.behind() ? orphans_.cost() : 10 * orphans_.cost();
        const auto due = last_refresh_ + std::min<std::chrono::nanoseconds>(pause, longest_pause);   // an exit may wait for it
        if (orphans_.cost() > cheap_refresh && now < due) return settle_at(due);
        if (const auto read = orphans_.refresh(); !read) services_.observer.message(turn::Level::error, read.error().message());
        last_refresh_ = Clock::now();
    }
    publish_exits();
    publish_hooks();
    publish_empty_trees();
    tell_unowned();
    if (!services_.emptying.empty()) services_.remove_emptied();
    orphan_reaped_ = orphans_.behind();
    if (orphan_reaped_) settle_at(last_refresh_ + std::min<std::chrono::nanoseconds>(orphans_.cost(), longest_pause));
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
    for (const auto& ended : std::exchange(ended_, {})) {
        const auto& [runner, status, at] = ended;
        if (must_wait(*runner)) {
            ended_.push_back(ended);
            continue;
        }
        if (runner->go_on_after_all(status)) continue;
        runner->adopt(orphans_.of(runner), {});
        (void)orphans_.take_fresh_of(runner);
        runner->handle(worker::Exited{at, status, runner->leaves_processes()});
    }
}

/// As long as an orphan that is there now may be its own: for about a second at most.
bool Supervisor::must_wait(const Runner& runner) {
    const auto question = questions_.try_emplace(&runner, orphans_.asked()).first;
    if (orphans_.in_question(runner, question->second)) return true;
    questions_.erase(question);
    return false;
}

/// A hook is over when nothing is left of what it started either.
void Supervisor::publish_hooks() {
    for (const auto& hook : std::exchange(services_.ended_hooks, {}))
        if (must_wait(*hook.runner) || !hook.runner->settle_hook(hook.number, orphans_.of_hook(hook)))
            services_.ended_hooks.push_back(hook);
}

void Supervisor::publish_empty_trees() {
    if (!orphan_reaped_ && !no_children_) return;
    const Stamp now = stamp_now();
    for (const auto& runner : runners_) {
        if (!runner->worker().has_rest() || must_wait(*runner)) continue;
        runner->adopt(orphans_.of(runner.get()), orphans_.take_fresh_of(runner.get()));
        if (!runner->leaves_processes()) runner->handle(worker::RestGone{now});
    }
}

}   // namespace talos::engine

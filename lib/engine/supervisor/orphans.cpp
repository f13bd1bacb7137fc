#include "engine/supervisor/orphans.hpp"

#include "posix/processes/marks.hpp"
#include "turn/signal_work.hpp"
#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <unordered_set>
#include <utility>

namespace talos::engine {

namespace {

/// A turn of the loop looks at so many orphans at most, for at most so long. One takes about 50 µs.
constexpr std::size_t most_at_once = 256;
constexpr std::chrono::milliseconds longest_look{20};
/// And decides on others for as long. One takes up to some milliseconds: it may have thousands of descriptors.
constexpr std::chrono::milliseconds longest_decision{10};

}   // namespace

Result<> Orphans::refresh() {
    const auto begin = Clock::now();
    auto read = services_.kernel.list_children(listed_);
    const auto& processes = services_.processes;
    for (const pid_t pid : listed_) {
        if (const Runner* leader = processes.leader_of(pid); leader != nullptr && leader->pid() == pid) continue;   // a main
        if (!knows(pid) && !processes.is_helper(pid)) unseen_.found(pid, ++asked_);
    }
    for (std::size_t left = most_at_once; left > 0; --left) {
        const auto next = unseen_.take();
        if (!next) break;
        add(next->first, next->second);
        if (Clock::now() >= begin + longest_look) break;
    }
    if (!services_.probes.empty()) end_leftovers_of_probes();
    cost_ = Clock::now() - begin;
    return read;
}

bool Orphans::only_output_left() const {
    return !listed_.empty() &&
           std::all_of(listed_.begin(), listed_.end(), [this](pid_t pid) { return services_.serves_output(pid); });
}

void Orphans::add(pid_t pid, std::uint64_t number) {
    if (const auto probe = probe_of_session(pid); probe != 0) return add_of_probe(pid, probe);
    const auto owner = owner_by_kernel(pid);
    if (owner) {
        own(pid, *owner);
        if (owner->runner != nullptr) return;
    }
    const auto stat = services_.kernel.read_stat(pid);
    const auto user = stat && stat->state != 'Z' ? services_.kernel.user_of(pid) : std::nullopt;
    if (user) return ask({pid, stat->start_ticks, *user}, owner, number);
    owners_.emplace(pid, Owner{});   // its end is about to be reported
}

void Orphans::own(pid_t pid, const Owner& owner) {
    owners_.emplace(pid, owner);
    if (owner.runner != nullptr && owner.hook == 0) fresh_.insert(pid);
}

/// With an owner, only the command line of an unowned process is wanted.
void Orphans::ask(const posix::MemoryOf& of, std::optional<Owner> owner, std::uint64_t number) {
    if (!owner) undecided_.insert_or_assign(of.pid, Undecided{of.user, number});
    services_.memory->ask(
        of, [this, of, owner, number, alive = std::weak_ptr(alive_)](const std::optional<posix::ProcessMemory>& memory) {
            if (alive.expired()) return;
            answers_.push_back({of, owner, number, memory});
            if (!std::exchange(deciding_, true)) decide_soon();
        });
}

/// Many answers come at once.
void Orphans::decide_soon() {
    aio::asio::post(services_.executor, [this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        const auto end = Clock::now() + longest_decision;
        while (!answers_.empty()) {
            decide(answers_.front());
            answers_.pop_front();
            if (Clock::now() >= end) break;
        }
        deciding_ = !answers_.empty();
        if (deciding_) decide_soon();
    });
}

void Orphans::decide(const Answer& answer) {
    const auto& [of, known, number, memory] = answer;
    const auto undecided = undecided_.find(of.pid);
    const bool same = known ? owners_.contains(of.pid) : undecided != undecided_.end() && undecided->second.number == number;
    if (!same) return;
    auto owner = known;
    if (!owner) {
        undecided_.erase(of.pid);
        if (const auto probe = memory ? probe_of_mark(memory->marks) : 0; probe != 0) {
            add_of_probe(of.pid, probe);
            return tell_changed();
        }
        owner = find_owner(of.pid, memory ? memory->marks : posix::Marks{});
        own(of.pid, *owner);
    }
    const auto stat = services_.kernel.read_stat(of.pid);
    if (owner->runner == nullptr && stat && stat->state != 'Z' && stat->start_ticks == of.start_ticks) {
        unowned_.push_back({of.pid, of.start_ticks,
                            memory && !memory->command.empty() ? memory->command : services_.kernel.command_name(of.pid)});
        unowned_changed_ = true;
    }
    tell_changed();
}

/// Once for all that one child has read.
void Orphans::tell_changed() {
    if (std::exchange(changed_, true)) return;
    aio::asio::post(services_.executor, [this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        changed_ = false;
        services_.trees_changed();
    });
}

bool Orphans::in_question(const Runner& runner, std::uint64_t asked) {
    if (unseen_.any_up_to(asked)) return true;
    return std::any_of(undecided_.begin(), undecided_.end(), [&](const auto& entry) {
        const auto& [user, number] = entry.second;
        return number <= asked && runner.has_user(user) && (user == runner.user() || !services_.memory->suspects(user));
    });
}

void Orphans::clear() {
    owners_.clear();
    of_probes_.clear();
    unseen_.clear();
    undecided_.clear();
    answers_.clear();
    fresh_.clear();
    unowned_changed_ = unowned_changed_ || !unowned_.empty();
    unowned_.clear();
}

void Orphans::reaped(pid_t pid) {
    owners_.erase(pid);
    of_probes_.erase(pid);
    unseen_.gone(pid);
    undecided_.erase(pid);
    fresh_.erase(pid);
    if (std::erase_if(unowned_, [&](const auto& process) { return process.pid == pid; }) > 0) unowned_changed_ = true;
}

void Orphans::add_of_probe(pid_t pid, std::uint64_t probe) {
    owners_.emplace(pid, Owner{});
    of_probes_.emplace(pid, probe);
}

std::uint64_t Orphans::probe_of_session(pid_t pid) const {
    return services_.probes.empty() ? 0 : services_.probes.of_session(services_.kernel.session_of(pid));
}

std::uint64_t Orphans::probe_of_mark(const posix::Marks& marks) const {
    if (services_.probes.empty()) return 0;
    const auto number = posix::number_of_mark(services_.run, marks.worker, marks.run);
    return number && services_.probes.knows(*number) ? *number : 0;
}

/// All that a program has left are children of talosd as soon as it has ended, or below one.
void Orphans::end_leftovers_of_probes() {
    const auto is_over = [this](pid_t program) { return !services_.processes.is_helper(program); };
    std::unordered_set<std::uint64_t> left;
    std::vector<pid_t> leftovers;
    for (const auto& [pid, number] : of_probes_) {
        left.insert(number);
        if (is_over(services_.probes.program_of(number))) leftovers.push_back(pid);
    }
    if (!leftovers.empty() && !services_.sliced->has(this)) {   // those that are left after that are for the next call
        auto work = std::make_shared<turn::SignalWork>(services_.kernel, SIGKILL);
        work->add_trees(leftovers);
        services_.sliced->add(this, [work](SteadyTime end) { return work->step(end); });
    }
    if (!unseen_.empty() || !undecided_.empty()) return;   // one of them may have a mark of a probe
    services_.probes.erase_if([&](std::uint64_t number, pid_t program) { return is_over(program) && !left.contains(number); });
}

Orphans::Owner Orphans::find_owner(pid_t pid) const {
    if (const auto known = owners_.find(pid); known != owners_.end()) return known->second;
    return owner_by_kernel(pid).value_or(Owner{});
}

Orphans::Owner Orphans::find_owner(pid_t pid, const posix::Marks& marks) const {
    if (const auto known = owners_.find(pid); known != owners_.end()) return known->second;
    if (const auto owner = owner_by_kernel(pid)) return *owner;
    if (const auto owner = owner_by_marks(pid, marks); owner.runner != nullptr) return owner;
    return {owner_by_pipe(pid), 0};
}

std::optional<Orphans::Owner> Orphans::owner_by_kernel(pid_t pid) const {
    if (const auto owner = owner_by_cgroup(pid)) return owner;
    const auto& processes = services_.processes;
    if (const pid_t session = services_.kernel.session_of(pid); session > 0) {
        if (const auto hook = processes.hook_led_by(session))
            return Owner{hook->runner, hook->number};   // first: its PID may have been a run's before
        if (const Runner* leader = processes.leader_of(session)) return Owner{leader, 0};
    }
    if (processes.knows_descendants()) {
        const auto stat = services_.kernel.read_stat(pid);
        if (const Runner* ancestor = stat ? processes.ancestor_of(pid, stat->start_ticks) : nullptr) return Owner{ancestor, 0};
    }
    return std::nullopt;
}

/// Nothing where it is in no cgroup of a worker. An owner without a runner: in one that no longer is any worker's.
std::optional<Orphans::Owner> Orphans::owner_by_cgroup(pid_t pid) const {
    const auto leaf = services_.cgroups ? services_.cgroups->leaf_of(pid) : std::nullopt;
    const auto parsed = leaf ? posix::parse_leaf(*leaf) : std::nullopt;
    if (!parsed) return std::nullopt;
    if (parsed->kind == posix::CgroupKind::helper) return Owner{};   // talosd's own
    const Runner* worker = services_.find_worker(parsed->worker);
    if (worker == nullptr) return Owner{};
    switch (parsed->kind) {
    case posix::CgroupKind::run: return worker->runs_in(*leaf) ? Owner{worker, 0} : Owner{};
    case posix::CgroupKind::hook:
        if (const auto number = worker->hook_in(*leaf); number != 0) return Owner{worker, number};
        return Owner{};
    case posix::CgroupKind::probe: return Owner{worker, 0};
    case posix::CgroupKind::helper: return Owner{};
    }
    __builtin_unreachable();
}

Orphans::Owner Orphans::owner_by_marks(pid_t pid, const posix::Marks& marks) const {
    const Runner* worker = marks.worker.empty() ? nullptr : services_.find_worker(marks.worker);
    if (worker == nullptr) return {};
    const auto number = posix::number_of_mark(services_.run, marks.worker, marks.run);
    const auto user = number ? services_.kernel.user_of(pid) : std::nullopt;
    if (!user || !worker->has_user(*user) || *number == 0) return {};
    if (worker->run_open() && *number == worker->run_number()) return {worker, 0};
    return worker->runs_hook(*number) ? Owner{worker, *number} : Owner{};
}

const Runner* Orphans::owner_by_pipe(pid_t pid) const {
    const auto in_question = [](const auto& runner) { return runner->run_open() && !runner->has_cgroup(); };
    if (std::none_of(runners_.begin(), runners_.end(), in_question)) return nullptr;
    const auto pipes = services_.kernel.written_pipes(pid);
    const auto user = pipes.empty() ? std::nullopt : services_.kernel.user_of(pid);
    if (!user) return nullptr;
    // A worker can hand its pipe to a process of any other user. Only what runs as root may have become one.
    const auto found = std::find_if(runners_.begin(), runners_.end(), [&](const auto& runner) {
        return in_question(runner) && (runner->user() == 0 || runner->user() == *user) && runner->reads_one_of(pipes);
    });
    return found == runners_.end() ? nullptr : found->get();
}

std::vector<pid_t> Orphans::all() const {
    std::vector<pid_t> found;
    for (const auto& [pid, owner] : owners_) found.push_back(pid);
    for (const auto& [pid, undecided] : undecided_) found.push_back(pid);
    for (const auto& [pid, number] : unseen_.all()) found.push_back(pid);
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<pid_t> Orphans::owned_by(const Owner& owner) const {
    std::vector<pid_t> found;
    for (const auto& [pid, its_owner] : owners_)
        if (its_owner == owner) found.push_back(pid);
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<pid_t> Orphans::of(const Runner* runner) const { return owned_by({runner, 0}); }
std::vector<pid_t> Orphans::of_hook(const turn::HookOf& hook) const { return owned_by({hook.runner, hook.number}); }

std::vector<pid_t> Orphans::take_fresh_of(const Runner* runner) {
    std::vector<pid_t> found;
    std::erase_if(fresh_, [&](pid_t pid) {
        const auto owner = owners_.find(pid);
        const bool its = owner != owners_.end() && owner->second.runner == runner;
        if (its) found.push_back(pid);
        return its;
    });
    return found;
}

}   // namespace talos::engine

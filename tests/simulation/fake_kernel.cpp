#include "simulation/fake_kernel.hpp"

#include "posix/processes/process_tree.hpp"
#include <algorithm>
#include <csignal>
#include <string_view>
#include <unistd.h>

namespace talos::simulation {

namespace {

/// Above all PIDs of Linux, so that no call can reach a real process. So few that numbers are used again soon.
constexpr pid_t first_pid = 5'000'000;
constexpr pid_t pid_count = 200;
constexpr Millis longest_latency{3};
/// Which of the children a planted fault strikes.
constexpr std::uint64_t struck = 10;

std::string variable(const posix::SpawnRequest& request, std::string_view name) {
    for (const auto& entry : request.env)
        if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name))
            return entry.substr(name.size() + 1);
    return {};
}

std::uint64_t ticks_of(SteadyTime time) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<Millis>(time.time_since_epoch()).count()) / 10;
}

}   // namespace

/// Of a child whose exec is known later.
class FakeExec final : public posix::UnconfirmedExec {
public:
    FakeExec(const FakeKernel& kernel, const Process& process)
        : UnconfirmedExec({}, {}, {}), kernel_(kernel), pid_(process.pid), start_ticks_(process.start_ticks),
          report_(process.exec_report) {}

    [[nodiscard]] std::optional<posix::SpawnOutcome> check() override {
        if (*report_) {
            if (**report_ == 0) return posix::SpawnOutcome{};
            return posix::SpawnOutcome{posix::SpawnFailure{posix::SpawnStep::exec, **report_, "program", ""}};
        }
        const auto* process = kernel_.find(pid_);
        const bool waits = process != nullptr && process->start_ticks == start_ticks_ && process->lives();
        return waits ? std::nullopt : std::optional(posix::SpawnOutcome{});
    }

private:
    const FakeKernel& kernel_;
    pid_t pid_;
    std::uint64_t start_ticks_;
    std::shared_ptr<std::optional<int>> report_;
};

FakeKernel::FakeKernel(SimulatedTime& time, std::uint64_t seed, Fault fault, IsOneshot is_oneshot)
    : time_(time), seed_(seed), fault_(fault), is_oneshot_(std::move(is_oneshot)), last_pid_(first_pid), self_(::getpid()),
      rolls_(seed_of(seed, "kernel", 0)) {}

// --- starting -----------------------------------------------------------------------------------------------------

/// Not one that a group or session still has.
pid_t FakeKernel::free_pid() {
    for (;;) {
        if (++last_pid_ >= first_pid + pid_count) last_pid_ = first_pid;
        const bool used = std::any_of(processes_.begin(), processes_.end(), [&](const auto& entry) {
            const auto& process = entry.second;
            return process.pid == last_pid_ || process.group == last_pid_ || process.session == last_pid_;
        });
        if (!used) return last_pid_;
    }
}

Process& FakeKernel::create(Process process) {
    process.pid = free_pid();
    process.born = time_.now();
    process.start_ticks = ticks_of(time_.now());
    if (process.root == 0) {
        process.root = process.group = process.session = process.pid;
        process.root_ticks = process.start_ticks;
    }
    switch (process.behaviour.leaves) {
    case Leaves::nothing: break;
    case Leaves::session_unmarked: process.mark.clear(); [[fallthrough]];
    case Leaves::session: process.session = process.pid; [[fallthrough]];
    case Leaves::group: process.group = process.pid; break;
    }
    if (process.behaviour.ends_after && process.execed) process.ends = time_.now() + *process.behaviour.ends_after;
    process.status = process.behaviour.end;
    return processes_.emplace(process.pid, std::move(process)).first->second;
}

boost::system::result<posix::Spawned, posix::SpawnFailure> FakeKernel::start(const posix::SpawnRequest& request) {
    Process process;
    process.worker = variable(request, posix::worker_variable);
    process.mark = variable(request, posix::run_variable);
    process.role = variable(request, posix::hook_variable).empty() ? Process::Role::main : Process::Role::hook;
    process.parent = self_;
    const auto name = process.worker + variable(request, posix::hook_variable);
    Rolls rolls(seed_of(seed_, name, ++starts_[name]));
    const auto start = roll_start(rolls);
    const bool is_main = process.role == Process::Role::main;
    process.behaviour = is_main ? roll_main(rolls, is_oneshot_(process.worker)) : roll_hook(rolls);
    if (start.error != 0 && !start.exec_after) {
        if (fault_ == Fault::failed_start_lives) (void)create(process);
        return posix::SpawnFailure{posix::SpawnStep::exec, start.error, request.argv.front(), ""};
    }
    if (start.exec_after) {
        process.execed = false;
        process.execs = time_.now() + *start.exec_after;
        process.exec_error = start.error;
        process.exec_report = std::make_shared<std::optional<int>>();
    }
    if (fault_ == Fault::double_spawn && is_main && starts_[name] % struck == 3) {
        const auto& second = create(process);
        if (witness_.started) witness_.started(second);
    }
    auto& made = create(std::move(process));
    if (made.behaviour.unkillable.count() > 0) stuck_.insert(made.worker);
    if (witness_.started) witness_.started(made);
    posix::Spawned spawned;
    spawned.pid = made.pid;
    spawned.start_ticks = made.start_ticks;
    if (!made.execed) spawned.unconfirmed = std::make_unique<FakeExec>(*this, made);
    return spawned;
}

void FakeKernel::exec_known(Process& process) {
    process.execs.reset();
    *process.exec_report = process.exec_error;
    if (process.exec_error != 0) {
        process.status = {};
        process.status.code = 127;
        return end(process);
    }
    process.execed = true;
    if (process.behaviour.ends_after && !process.ends) process.ends = time_.now() + *process.behaviour.ends_after;
}

void FakeKernel::fork_due(Process& process) {
    const auto& fork = process.behaviour.forks[process.forked++];
    Rolls rolls(fork.seed);
    Process child;
    child.role = Process::Role::descendant;
    child.worker = process.worker;
    child.mark = process.mark;
    child.parent = process.pid;
    child.group = process.group;
    child.session = process.session;
    child.root = process.root;
    child.root_ticks = process.root_ticks;
    child.depth = process.depth + 1;
    child.of_hook = process.of_hook || process.role == Process::Role::hook;
    child.behaviour = roll_child(rolls, child.depth);
    const bool was_unmarked = process.behaviour.leaves == Leaves::session_unmarked;
    if (was_unmarked) child.behaviour.leaves = Leaves::session_unmarked;
    if (child.behaviour.unkillable.count() > 0) stuck_.insert(child.worker);
    (void)create(std::move(child));
}

// --- signals ------------------------------------------------------------------------------------------------------

void FakeKernel::deliver(pid_t pid, int signal) {
    const auto found = processes_.find(pid);
    if (found == processes_.end() || found->second.zombie) return;
    auto& process = found->second;
    if (fault_ == Fault::ignored_stop && process.role == Process::Role::main && process.pid % 3 == 0) return;
    const auto bit = std::uint64_t{1} << static_cast<unsigned>(signal & 63);
    switch (signal) {
    case SIGKILL:
        if (process.killed) return;
        process.killed = true;
        process.status = {};
        process.status.signal = SIGKILL;
        process.ends = time_.now() + rolls_.time(longest_latency) + process.behaviour.unkillable;
        process.execs.reset();
        return;
    case SIGSTOP:
        if (!process.execed) return;
        if (!process.stopped && process.parent == self_) {
            process.stop_news = true;
            child_news(false);
        }
        process.stopped = true;
        return;
    case SIGCONT: {
        if (process.stopped && process.parent == self_) {
            process.stop_news = true;
            child_news(false);
        }
        process.stopped = false;
        for (int number = 1; number < 64; ++number)
            if ((process.pending >> static_cast<unsigned>(number) & 1u) != 0) act_on(process, number);
        process.pending = 0;
        return;
    }
    default:
        if (process.stopped) process.pending |= bit;
        else act_on(process, signal);
    }
}

/// Before its exec a child has all signals blocked.
void FakeKernel::act_on(Process& process, int signal) {
    const bool deaf = (process.behaviour.deaf >> static_cast<unsigned>(signal) & 1u) != 0;
    if (deaf || !process.execed || process.killed) return;
    const auto end = time_.now() + process.behaviour.reaction;
    if (process.ends && *process.ends <= end) return;
    process.ends = end;
    process.status = {};
    if (process.behaviour.exits_on_signal) process.status.code = signal == SIGTERM ? 0 : 128 + signal;
    else process.status.signal = signal;
}

Result<> FakeKernel::send_signal(pid_t pid, const posix::UniqueFd&, int signal) {
    const auto* process = find(pid);
    if (process == nullptr) return failure_of(ESRCH, "pidfd_send_signal");
    if (witness_.signalled) witness_.signalled(*process, signal);
    deliver(pid, signal);
    return {};
}

Result<> FakeKernel::signal_group(pid_t leader, int signal) {
    std::vector<pid_t> members;
    for (const auto& [pid, process] : processes_)
        if (process.group == leader) members.push_back(pid);
    if (members.empty()) return failure_of(ESRCH, "kill");
    for (const pid_t pid : members) {
        if (witness_.signalled) witness_.signalled(processes_.at(pid), signal);
        deliver(pid, signal);
    }
    return {};
}

// --- ends ---------------------------------------------------------------------------------------------------------

void FakeKernel::end(Process& process) {
    process.zombie = true;
    process.ended_at = time_.now();
    process.ends.reset();
    process.execs.reset();
    process.stop_news = false;
    const pid_t pid = process.pid;
    for (auto& [number, other] : processes_) {
        if (other.parent != pid) continue;
        other.parent = self_;
        if (other.zombie) child_news(true);
    }
    if (process.parent == self_) return child_news(true);
    processes_.erase(pid);   // its parent waits for it
}

void FakeKernel::child_news(bool ended) {
    if (ended && fault_ == Fault::lost_child_signal && ++ends_ % struck == 0) return;
    const auto at = time_.now() + rolls_.time(longest_latency);
    child_signal_ = child_signal_ ? std::min(*child_signal_, at) : at;
}

bool FakeKernel::take_child_signal() {
    if (!child_signal_ || *child_signal_ > time_.now()) return false;
    child_signal_.reset();
    return true;
}

posix::Peek FakeKernel::peek(bool stops_too) const {
    bool any = false;
    for (const auto& [pid, process] : processes_) {
        if (process.parent != self_) continue;
        any = true;
        if (process.zombie) return {posix::Peek::What::ended, pid};
        if (process.stop_news && stops_too) return {posix::Peek::What::changed, pid};
    }
    return {any ? posix::Peek::What::none : posix::Peek::What::no_children, 0};
}

posix::Peek FakeKernel::peek_child(pid_t pid) {
    if (!is_child(pid)) return {posix::Peek::What::no_children, 0};
    const auto& process = processes_.at(pid);
    if (process.zombie) return {posix::Peek::What::ended, pid};
    return {process.stop_news ? posix::Peek::What::changed : posix::Peek::What::none, process.stop_news ? pid : 0};
}

Result<std::optional<ExitStatus>> FakeKernel::reap(pid_t pid, const posix::UniqueFd&) { return reap(pid); }

Result<std::optional<ExitStatus>> FakeKernel::reap(pid_t pid) {
    if (!is_child(pid)) return failure_of(ECHILD, "waitid");
    const auto& process = processes_.at(pid);
    if (!process.zombie) return std::optional<ExitStatus>{};
    auto status = process.status;
    if (witness_.reaped) witness_.reaped(process);
    if (fault_ == Fault::wrong_exit && status.signal == SIGSEGV) status = {};
    processes_.erase(pid);
    return std::optional{status};
}

std::optional<posix::StopChange> FakeKernel::take_stop_change(pid_t pid) {
    const auto found = processes_.find(pid);
    if (found == processes_.end() || !std::exchange(found->second.stop_news, false)) return std::nullopt;
    return posix::StopChange{found->second.stopped, found->second.stopped ? SIGSTOP : 0};
}

// --- facts --------------------------------------------------------------------------------------------------------

bool FakeKernel::is_child(pid_t pid) const {
    const auto* process = find(pid);
    return process != nullptr && process->parent == self_;
}

const Process* FakeKernel::find(pid_t pid) const {
    const auto found = processes_.find(pid);
    return found == processes_.end() ? nullptr : &found->second;
}

Result<> FakeKernel::list_children(std::vector<pid_t>& pids) {
    pids.clear();
    for (const auto& [pid, process] : processes_) {
        if (process.parent != self_) continue;
        if (fault_ == Fault::hidden_orphans && process.role == Process::Role::descendant) continue;
        pids.push_back(pid);
    }
    return {};
}

Result<posix::ProcessStat> FakeKernel::read_stat(pid_t pid) {
    const auto* process = find(pid);
    if (process == nullptr) return failure_of(ENOENT, "open /proc/" + std::to_string(pid) + "/stat");
    posix::ProcessStat stat;
    stat.state = process->zombie ? 'Z' : process->stopped ? 'T' : 'S';
    stat.ppid = process->parent;
    stat.process_group = process->group;
    stat.session = process->session;
    stat.start_ticks = process->start_ticks;
    return stat;
}

pid_t FakeKernel::session_of(pid_t pid) {
    const auto* process = find(pid);
    return process == nullptr ? -1 : process->session;
}

pid_t FakeKernel::group_of(pid_t pid) {
    const auto* process = find(pid);
    return process == nullptr ? -1 : process->group;
}

std::optional<uid_t> FakeKernel::user_of(pid_t pid) {
    return find(pid) == nullptr ? std::nullopt : std::optional<uid_t>(::geteuid());
}

// --- time ---------------------------------------------------------------------------------------------------------

namespace {

std::optional<SteadyTime> due_of(const Process& process) {
    if (process.zombie) return std::nullopt;
    std::optional<SteadyTime> due;
    const auto take = [&](const std::optional<SteadyTime>& at) {
        if (at && (!due || *at < *due)) due = at;
    };
    if (process.killed || !process.stopped) take(process.ends);
    if (process.stopped) return due;
    take(process.execs);
    if (process.execed && !process.killed && process.forked < process.behaviour.forks.size())
        take(process.born + process.behaviour.forks[process.forked].after);
    return due;
}

}   // namespace

std::optional<SteadyTime> FakeKernel::next_due() const {
    std::optional<SteadyTime> due = child_signal_;
    for (const auto& [pid, process] : processes_)
        if (const auto at = due_of(process); at && (!due || *at < *due)) due = at;
    return due;
}

void FakeKernel::serve_due() {
    for (;;) {
        const auto found = std::find_if(processes_.begin(), processes_.end(), [&](const auto& entry) {
            const auto due = due_of(entry.second);
            return due && *due <= time_.now();
        });
        if (found == processes_.end()) return;
        auto& process = found->second;
        if (process.ends && *process.ends <= time_.now()) end(process);
        else if (process.execs && *process.execs <= time_.now()) exec_known(process);
        else fork_due(process);
    }
}

// --- trees --------------------------------------------------------------------------------------------------------

std::vector<posix::ProcessKey> FakeKernel::below(pid_t pid) const {
    std::vector<posix::ProcessKey> found;
    std::vector<pid_t> parents{pid};
    for (std::size_t i = 0; i < parents.size(); ++i)
        for (const auto& [number, process] : processes_)
            if (process.parent == parents[i]) {
                parents.push_back(number);
                found.push_back({number, process.start_ticks});
            }
    return found;
}

namespace {

class FakeTreeSignal final : public aio::Kernel::TreeSignal {
public:
    FakeTreeSignal(FakeKernel& kernel, pid_t child, int signal, std::uint64_t asked_at)
        : kernel_(kernel), child_(child), signal_(signal), asked_at_(asked_at) {}

    [[nodiscard]] bool step(SteadyTime end) override {
        if (!listed_) {
            listed_ = true;
            const auto stat = kernel_.read_stat(child_);
            if (!stat || stat->ppid != ::getpid() || stat->start_ticks > asked_at_) return true;
            left_ = kernel_.below(child_);
            left_.push_back({child_, stat->start_ticks});
        }
        while (next_ < left_.size()) {
            signal_one(left_[next_++]);
            if (Clock::now() >= end) return next_ == left_.size();
        }
        return true;
    }
    [[nodiscard]] std::size_t count() const override { return count_; }

private:
    void signal_one(const posix::ProcessKey& key) {
        const auto* process = kernel_.find(key.pid);
        if (process == nullptr || process->start_ticks != key.start_ticks) return;
        (void)kernel_.send_signal(key.pid, {}, signal_);
        if (signal_ != SIGKILL && signal_ != SIGSTOP && signal_ != SIGCONT) (void)kernel_.send_signal(key.pid, {}, SIGCONT);
        ++count_;
    }

    FakeKernel& kernel_;
    pid_t child_;
    int signal_;
    std::uint64_t asked_at_;
    bool listed_ = false;
    std::vector<posix::ProcessKey> left_;
    std::size_t next_ = 0;
    std::size_t count_ = 0;
};

class FakeDescendants final : public aio::Kernel::Descendants {
public:
    FakeDescendants(const FakeKernel& kernel, posix::ProcessKey root) : kernel_(kernel), root_(root) {}
    [[nodiscard]] bool step(SteadyTime) override {
        found_ = kernel_.below(root_.pid);
        return true;
    }
    [[nodiscard]] const std::vector<posix::ProcessKey>& found() const override { return found_; }

private:
    const FakeKernel& kernel_;
    posix::ProcessKey root_;
    std::vector<posix::ProcessKey> found_;
};

}   // namespace

std::unique_ptr<aio::Kernel::TreeSignal> FakeKernel::signal_tree(pid_t child, int signal) {
    return std::make_unique<FakeTreeSignal>(*this, child, signal, ticks_of(time_.now()));
}

std::unique_ptr<aio::Kernel::Descendants> FakeKernel::descendants(posix::ProcessKey root) {
    return std::make_unique<FakeDescendants>(*this, root);
}

}   // namespace talos::simulation

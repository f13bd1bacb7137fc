#pragma once
#include "aio/kernel.hpp"
#include "simulation/faults.hpp"
#include "simulation/programs.hpp"
#include "simulation/simulated_time.hpp"
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace talos::simulation {

/// A process of the simulation, zombies included.
struct Process {
    enum class Role : std::uint8_t { main, hook, descendant };
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    Role role = Role::main;
    std::string worker;             ///< that it was started for, whatever can be proven
    std::string mark;               ///< in its environment; empty: it has taken it out
    pid_t root = 0;                 ///< the process of talosd's that it descends from
    std::uint64_t root_ticks = 0;   ///< that one's start
    bool execed = true;
    bool stopped = false;
    bool stop_news = false;   ///< its parent was not told yet
    bool zombie = false;
    bool killed = false;   ///< got SIGKILL
    SteadyTime born{};
    SteadyTime ended_at{};
    std::optional<SteadyTime> ends{};
    ExitStatus status{};         ///< that it ends with
    std::uint64_t pending = 0;   ///< signals that wait until it is continued
    unsigned depth = 0;          ///< of forks
    bool of_hook = false;        ///< it descends from a hook
    Behaviour behaviour{};
    std::size_t forked = 0;
    std::optional<SteadyTime> execs{};
    int exec_error = 0;
    std::shared_ptr<std::optional<int>> exec_report{};   ///< once it is known

    [[nodiscard]] bool lives() const { return !zombie; }
};

/// A kernel with talosd's children and what descends from them, no more.
class FakeKernel final : public aio::Kernel {
public:
    /// Told at the moment.
    struct Witness {
        std::function<void(const Process& started)> started;
        std::function<void(const Process& process, int signal)> signalled;
        std::function<void(const Process& process)> reaped;
    };
    /// Whether a worker is a oneshot.
    using IsOneshot = std::function<bool(const std::string& worker)>;

    FakeKernel(SimulatedTime& time, std::uint64_t seed, Fault fault, IsOneshot is_oneshot);
    void watch(Witness witness) { witness_ = std::move(witness); }

    // --- what the engine sees
    [[nodiscard]] boost::system::result<posix::Spawned, posix::SpawnFailure> start(const posix::SpawnRequest& request) override;
    [[nodiscard]] Result<> send_signal(pid_t pid, const posix::UniqueFd& pidfd, int signal) override;
    [[nodiscard]] Result<> signal_group(pid_t leader, int signal) override;
    [[nodiscard]] std::unique_ptr<TreeSignal> signal_tree(pid_t child, int signal) override;
    [[nodiscard]] posix::Peek peek_child() override { return peek(true); }
    [[nodiscard]] posix::Peek peek_child(pid_t pid) override;
    [[nodiscard]] posix::Peek peek_ended_child() override { return peek(false); }
    [[nodiscard]] Result<std::optional<ExitStatus>> reap(pid_t pid, const posix::UniqueFd& pidfd) override;
    [[nodiscard]] Result<std::optional<ExitStatus>> reap(pid_t pid) override;
    [[nodiscard]] std::optional<posix::StopChange> take_stop_change(pid_t pid) override;
    [[nodiscard]] Result<> list_children(std::vector<pid_t>& pids) override;
    [[nodiscard]] Result<posix::ProcessStat> read_stat(pid_t pid) override;
    [[nodiscard]] pid_t session_of(pid_t pid) override;
    [[nodiscard]] pid_t group_of(pid_t pid) override;
    [[nodiscard]] std::optional<uid_t> user_of(pid_t pid) override;
    [[nodiscard]] std::string command_name(pid_t) override { return "[fake]"; }
    [[nodiscard]] std::vector<std::uint64_t> written_pipes(pid_t) override { return {}; }
    [[nodiscard]] std::unique_ptr<Descendants> descendants(posix::ProcessKey root) override;

    // --- what the simulation does and sees
    [[nodiscard]] std::optional<SteadyTime> next_due() const;
    void serve_due();
    /// Whether SIGCHLD has come since the last call.
    [[nodiscard]] bool take_child_signal();
    [[nodiscard]] const std::map<pid_t, Process>& processes() const { return processes_; }
    [[nodiscard]] const Process* find(pid_t pid) const;
    /// By another process than talosd.
    void signal_from_outside(pid_t pid, int signal) { deliver(pid, signal); }
    /// Whether something of the worker was, or is, stuck after SIGKILL.
    [[nodiscard]] bool has_stuck(const std::string& worker) const { return stuck_.contains(worker); }
    [[nodiscard]] std::vector<posix::ProcessKey> below(pid_t pid) const;
    void deliver(pid_t pid, int signal);

private:
    [[nodiscard]] posix::Peek peek(bool stops_too) const;
    [[nodiscard]] pid_t free_pid();
    Process& create(Process process);
    void act_on(Process& process, int signal);
    void end(Process& process);
    void exec_known(Process& process);
    void fork_due(Process& process);
    void child_news(bool ended);
    [[nodiscard]] bool is_child(pid_t pid) const;

    SimulatedTime& time_;
    std::uint64_t seed_;
    Fault fault_;
    IsOneshot is_oneshot_;
    Witness witness_;
    std::map<pid_t, Process> processes_;
    std::unordered_map<std::string, std::uint64_t> starts_;   // of each worker
    std::set<std::string> stuck_;
    pid_t last_pid_;
    pid_t self_;
    std::optional<SteadyTime> child_signal_;
    std::uint64_t ends_ = 0;
    Rolls rolls_;
};

}   // namespace talos::simulation

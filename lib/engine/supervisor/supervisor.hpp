#pragma once
#include "aio/timer.hpp"
#include "config/model/model.hpp"
#include "engine/runner/dependencies.hpp"
#include "engine/runner/runner.hpp"
#include "engine/supervisor/orphans.hpp"
#include "turn/recorder.hpp"
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace talos::engine {

enum class Stop { graceful, now };

/// All workers on one thread. A turn of the loop is: reap, decide, spawn, write the journal, write the status.
class Supervisor {
public:
    /// `seed`: of the random numbers that keep workers apart.
    Supervisor(turn::Services& services, std::vector<config::WorkerSpec> workers, std::uint64_t seed);
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Starts every worker with autostart; `running` is called once each of them had its first spawn.
    void start(std::function<void()> running);

    /// Stops all workers; afterwards what is left of nobody's processes; then `finished`. Again with Stop::now: SIGKILL.
    void stop(Stop how, std::function<void()> finished);
    /// The stop is over although processes are there: SIGKILL did not end them in time.
    [[nodiscard]] bool gave_up() const { return gave_up_; }
    [[nodiscard]] bool stopping() const { return static_cast<bool>(finished_); }

    /// SIGCHLD: reaps whoever has ended.
    void children_changed();

    /// Called when a worker has come to rest, after the turn's writes; for the ad hoc command.
    void on_rest(std::function<void(const Runner&)> callback) { on_rest_ = std::move(callback); }

    void reopen_logs();

    [[nodiscard]] const std::vector<std::unique_ptr<Runner>>& runners() const { return runners_; }
    [[nodiscard]] Runner* find(std::string_view name) const;
    /// A worker more; nothing is started yet. One of that name that is leaving stays instead, with this config.
    Runner& add(config::WorkerSpec spec);
    /// The added worker takes the place of one that is removed in this turn, or is leaving: no start of it comes before that one is gone.
    /// `shared`: what both have, in words.
    void start_after(Runner& added, const Runner& removed, std::string shared);
    /// Whether a worker that runs is to be restarted, and its turn has not come yet: those that it depended on and that are removed stop
    /// after it.
    void set_awaits_restart(std::function<bool(const Runner&)> awaits) { changes_.awaits_restart = std::move(awaits); }
    /// It goes once it is at rest; whoever asked stands in the history. The cause is a word of the program's.
    api::PendingCommand remove(Runner& runner, const Why& why);
    /// Orders the workers as these names; those that are leaving come last.
    void order(const std::vector<std::string>& names);
    /// Called at the end of each turn.
    void on_turn(std::function<void()> callback) { on_turn_ = std::move(callback); }
    /// Of processes that are ours but no main: whose they are.
    [[nodiscard]] const Orphans& orphans() const { return orphans_; }

    /// `3 of 4 workers running, 1 backoff`
    [[nodiscard]] std::string summary() const;
    /// The longest time a graceful stop can take: the longest chain of plans with their hooks, plus 5 s.
    [[nodiscard]] static Millis stop_timeout(const std::vector<config::WorkerSpec>& workers);
    /// The same of the workers that are there now, removed ones that have not stopped yet included.
    [[nodiscard]] Millis stop_timeout() const;

private:
    struct Ended {
        Runner* runner;
        ExitStatus status;
        Stamp at;
    };
    void touch();
    void reap_all();
    void reap_listed(SteadyTime end);
    bool take_news(const posix::Peek& seen);
    bool reap_one(pid_t pid);
    bool reap_main(Runner& runner);
    void note_stop(pid_t pid);
    void settle();
    void settle_at(SteadyTime due);
    void publish_exits();
    void publish_hooks();
    void publish_empty_trees();
    [[nodiscard]] bool must_wait(const Runner& runner);
    void tell_unowned();
    void end_of_turn();
    void spawn_queued();
    void tell_whom_we_wait_for();
    void end_mutual_waits();
    void give_up();
    void check_rest();
    void check_finished();
    [[nodiscard]] bool waits_for_removals();
    void all_ended();
    void finish_output();
    void end_strangers(int signal);
    Runner& add_runner(config::WorkerSpec spec);
    Runner& make(config::WorkerSpec spec, std::size_t index);
    void let_go();
    void forget_successions(const Runner& runner);
    void look_at_dependencies();
    void serve_turn();
    [[nodiscard]] bool all_at_rest() const;

    turn::Services& services_;
    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };

    std::vector<std::unique_ptr<Runner>> runners_;
    std::unordered_map<std::string, Runner*, NameHash, std::equal_to<>> by_name_;   // of runners_
    std::size_t next_index_ = 0;
    std::unordered_map<std::string, std::size_t>
        former_;        // observers' indices of workers that are gone: the same name gets its own again
    Changes changes_;   // those of runners_
    std::unique_ptr<Dependencies> dependencies_;   // where somebody depends on somebody, or takes somebody's place
    std::unordered_map<const Runner*, std::string_view> leave_causes_;   // of those that are leaving
    Orphans orphans_;
    std::uint64_t seed_;
    std::vector<Ended> ended_;   // reaped, not yet decided on: whether more of the tree is left must be known first
    std::unordered_map<const Runner*, std::uint64_t>
        questions_;                            // how many orphans were undecided when something of it had to wait for them
    std::unordered_set<pid_t> told_unowned_;   // of the unowned processes
    bool no_children_ = false;
    bool orphan_reaped_ = false;
    bool turn_asked_ = false;
    SteadyTime last_refresh_{};
    std::size_t reap_at_ = 0;   // where in the list of children, when there are many
    bool reap_goes_on_ = false;
    aio::Timer settle_timer_;
    aio::Timer stop_timer_;
    bool settle_set_ = false;
    bool gave_up_ = false;
    bool removals_limited_ = false;
    bool only_waits_ = false;   // the last time that somebody was to be named, whoever was left waited for others
    std::optional<SteadyTime> killed_since_{};   // while the end waits for processes that got SIGKILL, and for nothing else
    int stranger_signal_ = 0;                    // what nobody's processes were last sent
    Stop how_ = Stop::graceful;
    std::function<void()> on_turn_;
    std::function<void()> running_;
    std::function<void()> finished_;
    std::function<void(const Runner&)> on_rest_;
};

}   // namespace talos::engine

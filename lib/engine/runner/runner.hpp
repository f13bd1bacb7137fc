#pragma once
#include "aio/exec_watch.hpp"
#include "aio/timer.hpp"
#include "api/pending_command.hpp"
#include "core/allowance.hpp"
#include "core/exit_status.hpp"
#include "engine/runner/hook_run.hpp"
#include "engine/runner/output.hpp"
#include "engine/runner/run_watch.hpp"
#include "posix/processes/pidfd.hpp"
#include "posix/rights/unique_fd.hpp"
#include "state/status_document.hpp"
#include "turn/run_cgroup.hpp"
#include "turn/services.hpp"
#include "worker/data/pause_news.hpp"
#include "worker/data/recent_failures.hpp"
#include "worker/machine/machine.hpp"
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace talos::engine {

/// What stands in the history beside the event itself.
struct Why {
    std::string_view cause{};                         ///< instead of the event's own; empty: that
    const state::Requester* by = nullptr;             ///< who gave the command
    std::string_view reason{};                        ///< more words about it
    std::optional<state::ReasonCode> reason_code{};   ///< of which kind these are
    bool quiet = false;                               ///< not yet recorded in the history and status.json
};

/// One worker's hands: performs what the pure machine decides and feeds back what comes of it. `perform` is the whole list of
/// what talosd can do to a worker.
class Runner {
public:
    Runner(turn::Services& services, std::size_t index, config::WorkerSpec spec, std::uint64_t seed);
    ~Runner() { services_.sliced->drop(this); }
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    void handle(const worker::Event& event, const Why& why = {});

    /// A wish: noted at once, and in the history even when it changes nothing. The later one wins.
    [[nodiscard]] api::PendingCommand ask(api::Verb verb, const Why& why);
    enum class Patience : std::uint8_t { plan, none };
    /// talosd stops: whoever waits for another wish is told so.
    void ask_down(Patience patience);
    /// To its process group. Fails with ESRCH when it has no process.
    [[nodiscard]] Result<> signal(int number, const Why& why);

    /// Done when this returns; a failure says why not.
    [[nodiscard]] Result<> act(api::Operation operation, const Why& why);
    /// Why it cannot be told to reload now, in words; empty: it can.
    [[nodiscard]] std::string_view reload_refusal() const { return worker::reload_refusal(worker_); }
    /// It is started by commands that name it, only.
    [[nodiscard]] bool disabled() const { return services_.overrides.disabled.contains(spec_->name); }
    /// Main was stopped by a signal, or continued.
    void kernel_says(const posix::StopChange& change);

    /// A changed config: keys that can take effect at once do, all of them when it has no process; the rest with its next start.
    void reconfigure(const config::WorkerSpec& wanted);
    /// What runs does not have the config that is in force: that takes effect with its next start.
    [[nodiscard]] bool has_old_config() const;
    /// Spawns tried since talosd started.
    [[nodiscard]] std::uint64_t attempts() const { return attempts_; }
    /// Nothing is asked: what has become of a restart that others cause, from so many attempts on.
    [[nodiscard]] api::PendingCommand next_run(std::uint64_t attempts) const;
    /// It has lost a dependency, and is to be restarted once that is back.
    [[nodiscard]] bool waits_to_be_restarted() const;
    /// No longer in the config: gone once it is at rest.
    void set_leaving(bool leaving) { leaving_ = leaving; }
    [[nodiscard]] bool leaving() const { return leaving_; }

    /// What it waits for, if it does: for the view and the log.
    void tell_waiting() const;

    /// Does the spawn that was asked for, unless a stop overtook it. Called once a turn, after all decisions.
    void spawn();

    /// Finds out whether a process that had not exec'ed yet has done so, or has failed. To be called before its end is acted upon.
    void settle_start();

    /// Reaps main if it has ended. The caller then asks go_on() and, when that is false, sends Exited.
    [[nodiscard]] std::optional<ExitStatus> reap();
    /// After reap(): whether a process that the worker has named with MAINPID= is main from here on. Otherwise the output is drained, unless
    /// it is not known yet whether that process belongs to the run.
    [[nodiscard]] bool go_on(const ExitStatus& status);
    /// The same once no orphan is in question any more; always to be asked before Exited is sent.
    [[nodiscard]] bool go_on_after_all(const ExitStatus& status);

    /// Orphans that belong to this worker, as listed this turn: all of them, and those that were not there before.
    /// Signals the new ones when the rest of the tree is being signalled.
    void adopt(std::span<const pid_t> orphans, std::span<const pid_t> fresh);

    /// After main was reaped and adopt(): whether processes of the run are left, orphans or others in its cgroup. When only the
    /// latter are, their end is reported by Services::trees_changed.
    [[nodiscard]] bool leaves_processes();

    /// What proves that a process is of the current or last run. Its user must be the worker's or root; a worker that runs as root
    /// may have become any.
    [[nodiscard]] bool runs_in(const std::string& leaf) const { return run_open_ && cgroup_ && cgroup_->leaf() == leaf; }
    [[nodiscard]] bool has_cgroup() const { return cgroup_ && !cgroup_->leaf().empty(); }
    /// From the spawn until nothing of the run is left.
    [[nodiscard]] bool run_open() const { return run_open_; }
    /// The number of its hook that runs in that cgroup; 0: none.
    [[nodiscard]] std::uint64_t hook_in(const std::string& leaf) const;
    [[nodiscard]] bool runs_hook(std::uint64_t number) const;
    [[nodiscard]] bool has_user(uid_t uid) const { return uid == 0 || uid == uid_ || uid_ == 0; }
    [[nodiscard]] uid_t user() const { return uid_; }
    [[nodiscard]] std::uint64_t run_number() const { return run_number_; }
    /// Whether one of these pipes takes the output of the run.
    [[nodiscard]] bool reads_one_of(const std::vector<std::uint64_t>& pipes) const {
        return output_ && output_->reads_one_of(pipes);
    }

    /// The program of that run of a hook was reaped, and these are what is left of it. True once there is nothing, and the machine knows.
    [[nodiscard]] bool settle_hook(std::uint64_t number, std::span<const pid_t> leftovers);

    /// Neither a process nor the wish for one.
    [[nodiscard]] bool at_rest() const;
    /// And nothing of the loop's knows it any more.
    [[nodiscard]] bool can_go() const { return leaving_ && !queued_ && at_rest(); }
    void forget_process();

    [[nodiscard]] const worker::Worker& worker() const { return worker_; }
    /// Up, by what its config calls so, and not on its way down by itself.
    [[nodiscard]] bool ready() const;
    [[nodiscard]] const config::WorkerSpec& spec() const { return *worker_.spec; }
    [[nodiscard]] std::size_t index() const { return index_; }
    [[nodiscard]] pid_t pid() const { return pid_; }
    /// It runs, and by what its config asks it has been healthy and still is. Never without `health`.
    [[nodiscard]] bool healthy() const { return health().state == worker::HealthState::healthy; }
    /// errno of the last spawn when it failed, else 0.
    [[nodiscard]] int spawn_error() const { return spawn_error_; }
    void fill(state::WorkerStatus& row) const;
    [[nodiscard]] api::WorkerView view() const;
    /// In stopping: when SIGKILL comes at the latest, or since when it has been sent.
    [[nodiscard]] Stamp kill_due() const;
    /// All but what has to be read from /proc.
    void fill(api::WorkerMetrics& metrics) const;
    void reopen_log() {
        if (output_) output_->reopen();
    }
    /// talosd ends, its processes are gone.
    void end_output() {
        if (output_) output_->end();
    }
    void finish_output() {
        if (output_) output_->finish();
    }

private:
    void perform(const worker::Spawn& action);
    void perform(const worker::SignalMain& action);
    void perform(const worker::SignalRest& action);
    void perform(const worker::ArmTimer& action);
    void perform(const worker::RunHook& action);
    void perform(const worker::SignalHook& action);
    void perform(const worker::PauseTree& action);
    void perform(const worker::ResumeTree& action);
    void perform(const worker::SignalReload& action);
    void signal_all(int signal);
    void signal_orphans(int signal);
    void tell_pause(bool was);
    void change_status_later();
    [[nodiscard]] std::optional<std::string> health_words(std::string_view word, const std::string& reason);
    void set_pause_timer();
    void tell_pauses();
    void tell_reload(std::uint64_t before);

    /// Of a worker that had one run.
    struct HookState {
        std::unique_ptr<HookRun> run;
        std::optional<Stamp> plan_began;   // of the last stop that a hook has held
        bool counted = false;              // the attempt whose preStart this was
    };
    /// A notice that is to be run once no other hook runs.
    struct Notice {
        config::Hook which;
        pid_t main;   // when it was raised
        std::optional<worker::LastExit> exit;
        std::optional<worker::RunResult> result;
        std::string reason;
    };
    struct NoticeState {
        std::unique_ptr<HookRun> run;
        std::vector<Notice> waiting;                                   // one of each kind at most
        std::optional<std::pair<std::uint64_t, WallTime>> unhealthy;   // the run, and since when: what was last told of
    };
    struct Deferral {   // why it goes down once its dependents have
        std::string cause;
        std::string reason;
        std::optional<state::ReasonCode> reason_code;
        std::optional<state::Requester> by;
    };
    struct StartNote {   // a transition to `starting` is recorded with the PID, which is not there yet
        worker::State from;
        std::string cause;
        WallTime at;
        bool after_exit;
        bool sent;
        std::string reason;
        std::optional<state::ReasonCode> reason_code;
        std::unique_ptr<state::Requester> by;
        std::vector<std::string> tail;
    };
    /// Of a worker that was stopped or continued without a command.
    struct Pauses {
        worker::PauseNews news;
        aio::Timer timer;
        bool timer_set = false;
        bool unseen = false;   // something has changed since status.json was last told
    };
    /// A worker can report itself unhealthy and healthy without end.
    struct HealthNews {
        Allowance allowance;
        std::uint64_t untold = 0;   // changes since the last one that was told
    };
    /// Counted for metrics; there once something is to be counted.
    struct Counts {
        std::vector<std::pair<int, std::uint64_t>> exits;   // by code, or by negative signal
        std::uint64_t failed_probes = 0;
        worker::RecentFailures failures;
    };
    /// A process that has not exec'ed yet: the machine does not know it.
    struct Unconfirmed {
        Stamp before;    // its creation
        bool prepared;   // preStart has run
        std::unique_ptr<aio::ExecWatch> exec;
    };
    void started(Stamp before, bool prepared);
    void exec_known(const posix::SpawnOutcome& outcome);
    void abandon_start();
    void disown_process();
    Counts& counts();
    HookState& hooks();
    void hook_ended(config::Hook which, bool ok, std::string failure);
    void raise(Notice notice);
    void raise_unhealthy(const std::string& reason);
    void run_notices();
    void drop_notices(bool now);
    void notice_ended(const HookRun& run);
    [[nodiscard]] HookRun* hook_run() const { return hooks_ ? hooks_->run.get() : nullptr; }
    [[nodiscard]] HookRun* notice_run() const { return notices_ ? notices_->run.get() : nullptr; }
    void make_output();
    void adopt_next_spec();
    void adopt(std::unique_ptr<const config::WorkerSpec> spec);
    void note(const worker::Worker& after, const worker::Event& event, const Why& why);
    void note_deferral(const worker::Worker& after, const worker::Event& event, const Why& why);
    void note_command(std::string_view cause, const Why& why);
    void note_start(pid_t pid);
    [[nodiscard]] Result<Output::Ends> open_output(const posix::SpawnRequest& request);
    void tell_dependencies();
    [[nodiscard]] bool waits_for_dependents() const;
    [[nodiscard]] std::string reason(const worker::Worker& worker) const;
    [[nodiscard]] std::optional<state::ReasonCode>
    reason_code(const worker::Worker& worker) const;   ///< of which kind that reason is
    [[nodiscard]] RunWatch::Callbacks watch_hooks();
    [[nodiscard]] checks::HealthWatch::Callbacks health_hooks();
    [[nodiscard]] std::uint64_t watch_seed() const { return worker_.random ^ attempts_; }
    void watch_run();
    void watch_by_changed_config();
    void health_turned();
    [[nodiscard]] state::HealthStatus health() const;
    void failed(std::string reason, int error);
    [[nodiscard]] pid_t group() const;
    [[nodiscard]] bool follow_successor(const ExitStatus& status);
    void end_run();
    [[nodiscard]] std::string kill_words() const;
    void tell_kill(std::size_t processes, std::string_view who, std::string_view why) const;
    [[nodiscard]] posix::UniqueFd enter_cgroup();
    [[nodiscard]] aio::SlicedWork::Step note_descendants();
    void signal_main();

    turn::Services& services_;
    std::size_t index_;
    std::unique_ptr<const config::WorkerSpec> spec_;        // what worker_ points to
    std::unique_ptr<const config::WorkerSpec> next_spec_;   // from its next start on
    worker::Worker worker_;
    aio::Timer timer_;
    bool armed_ = false;
    bool queued_ = false;
    bool leaving_ = false;
    bool noted_ = false;   // something was written down since this was last cleared
    api::Verb verb_ = api::Verb::start;
    std::uint32_t wishes_ = 0;
    std::uint32_t attempts_ = 0;
    int rest_signal_ = 0;   // what the rest of the tree was last sent; 0: nothing
    int spawn_error_ = 0;
    pid_t pid_ = 0;                   // of main while it is not reaped
    pid_t ended_pid_ = 0;             // of the last main once it is reaped; its tree's session
    std::vector<pid_t> former_;       // mains of this run that MAINPID= has replaced; sessions of its tree, too
    std::vector<int> main_signals_;   // that the stop plan has for main, while its descendants are being written down
    int sent_ = 0;                    // the last signal that the stop plan sent to main; 0: none in this run
    uid_t uid_ = 0;                   // of the last main as it was started
    std::uint64_t run_number_ = 0;    // in its mark
    std::uint64_t start_ticks_ = 0;
    posix::UniqueFd pidfd_;
    std::unique_ptr<Unconfirmed> unconfirmed_;   // after pidfd_, which it uses
    std::vector<pid_t> orphans_;
    std::unique_ptr<turn::RunCgroup> cgroup_;   // from the first run on
    bool run_open_ = false;
    bool without_cgroup_ = false;          // it could not be made, which was said
    std::unique_ptr<Deferral> deferral_;   // while the worker is deferred
    std::unique_ptr<StartNote> start_note_;
    std::unique_ptr<Counts> counts_;
    std::unique_ptr<Pauses> pauses_;
    std::unique_ptr<HealthNews> health_news_;
    std::unique_ptr<Output> output_;
    std::unique_ptr<HookState> hooks_;       // its program may write to the output
    std::unique_ptr<NoticeState> notices_;   // likewise
    std::unique_ptr<RunWatch> watch_;        // of a run whose config asks for it; it may listen to the output
    std::shared_ptr<const bool> alive_ =
        std::make_shared<const bool>(true);   // the timer's handler may be queued when we are destroyed
};

}   // namespace talos::engine

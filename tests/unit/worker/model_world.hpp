#pragma once
#include "unit/worker/model_rules.hpp"
#include "worker/machine/machine.hpp"
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// A runner, a clock and a kernel for one worker, as far as the machine can tell them from the real ones.
namespace talos::worker::model {

/// `dice` decides everything about a step that its kind leaves open, so that it means the same when others are left out. One that is
/// not possible when its turn comes does nothing.
struct Step {
    enum class Kind : std::uint8_t {
        start,
        stop,
        restart,
        kill,
        reconfigure,   ///< to one of the scenario's specs
        turn,          ///< the end of a turn: the spawn that was asked for, if any
        ready,         ///< as far as its main process is concerned, which need not be there
        more_time,     ///< is asked for
        unhealthy,     ///< whatever it is doing
        reset,
        pause,        ///< is asked for, or done by another process
        resume,       ///< likewise
        reload,       ///< is asked for, or announced
        main_ends,    ///< by itself; it may leave orphans
        orphan,       ///< one process of the tree leaves an orphan
        rest_ends,    ///< an orphan ends by itself
        hook_ends,    ///< by itself
        settle,       ///< ends that were reaped are published
        late_timer,   ///< the handler of a cancelled timer was queued already
        pass,         ///< time
        await         ///< time, until something comes due
    };
    Kind kind;
    std::uint32_t dice;
};

struct Scenario {
    std::vector<config::WorkerSpec> specs;   ///< it begins with the first
    std::vector<Step> steps;
};

using Decide = std::function<Transition(const Worker&, const Event&)>;

/// Timers fire up to this late, signalled processes take up to this long to end, ends up to this long to be published.
inline constexpr Millis latency{20};

class World {
public:
    World(const std::vector<config::WorkerSpec>& specs, Decide decide);

    /// The rule that was broken in it, or nothing.
    [[nodiscard]] const char* take(const Step& step);
    /// A stop, and time until nothing is due any more: the rule that was broken, or that it did not come down.
    [[nodiscard]] const char* come_down();
    [[nodiscard]] const Worker& worker() const { return worker_; }
    /// What happened in the last step: events, answers and actions.
    [[nodiscard]] const std::string& told() const { return told_; }
    void tell() { telling_ = true; }

private:
    struct Process {
        std::uint32_t deaf = 0;           ///< bit N: ignores signal N
        std::optional<SteadyTime> ends;   ///< it is dying
    };
    struct Hook {
        config::Hook which;
        Process process;   ///< always dying: at the latest when its time is over
        bool ok;
        bool told;   ///< to end
    };
    struct Timer {
        std::uint64_t epoch;
        SteadyTime fires;
    };
    struct Ended {
        ExitStatus status;
        Stamp at;
    };

    void handle(const Event& event);
    void adopt_next_spec();
    void reconfigure(const config::WorkerSpec& wanted);
    void perform(const Spawn& action);
    void perform(const SignalMain& action);
    void perform(const SignalRest& action);
    void perform(const ArmTimer& action);
    void perform(const RunHook& action);
    void perform(const SignalHook& action);
    void perform(const PauseTree&) { frozen_ = main_.has_value(); }
    void perform(const ResumeTree&) { frozen_ = false; }
    void perform(const SignalReload&);
    void signal(Process& process, int number);

    void spawn();
    void end_main(ExitStatus status);
    void end_rest(std::size_t index);
    void end_hook();
    void add_orphan();
    void settle();
    void fire_late();
    void pass_until(SteadyTime target);
    [[nodiscard]] std::optional<SteadyTime> due() const;
    void serve_due();

    void broke(const char* rule) {
        if (broken_ == nullptr) broken_ = rule;
    }
    void look();
    [[nodiscard]] const char* stuck() const;
    [[nodiscard]] Millis longest_hooks() const;
    [[nodiscard]] bool all_dying() const;
    void advance_to(SteadyTime at);
    [[nodiscard]] std::uint32_t roll() { return dice_ = dice_ * 1'664'525u + 1'013'904'223u; }
    [[nodiscard]] Millis some_latency() { return Millis{(roll() >> 16) % static_cast<std::uint32_t>(latency.count() + 1)}; }

    const std::vector<config::WorkerSpec>& specs_;
    Decide decide_;
    std::unique_ptr<const config::WorkerSpec> spec_;
    std::unique_ptr<const config::WorkerSpec> next_spec_;
    Worker worker_;
    Rules rules_;
    Stamp now_;
    std::uint32_t dice_ = 0;

    bool queued_ = false;
    bool frozen_ = false;   // its processes are stopped by a signal
    std::optional<Process> main_;
    std::vector<Process> rest_;
    int rest_signal_ = 0;
    std::optional<Hook> hook_;
    std::optional<Ended> ended_;   ///< main, reaped and not published
    std::optional<SteadyTime> settles_;
    std::optional<Timer> timer_;
    std::vector<std::uint64_t> cancelled_;   ///< epochs of timers whose handlers may still come

    const char* broken_ = nullptr;
    bool telling_ = false;
    std::string told_;
};

/// The first rule that the scenario breaks, or nothing; `told` gets it as a list of steps with what came of each.
[[nodiscard]] const char* broken_rule(const Scenario& scenario, const Decide& decide, std::string* told = nullptr);

[[nodiscard]] Scenario random_scenario(std::uint64_t seed);

/// The same failure with as few steps and as plain specs as possible.
[[nodiscard]] Scenario shrunk(const Scenario& scenario, const Decide& decide);

}   // namespace talos::worker::model

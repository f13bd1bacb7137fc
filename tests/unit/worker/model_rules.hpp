#pragma once
#include "worker/machine/machine.hpp"
#include <vector>

/// What a worker may do and what it must have counted, worked out anew from the events alone.
namespace talos::worker::model {

class Rules {
public:
    /// The rule that this transition breaks, or nothing. `now` may be later than the event, which is about something that was seen earlier.
    [[nodiscard]] const char* check(const Worker& before, const Event& event, const Transition& transition, Stamp now);
    /// The policy was changed: what was counted under the old one proves no `fatal` that is missing.
    void policy_changed() { failed_under_this_policy_ = 0; }
    /// Somebody asked for SIGKILL, or what is being stopped was being killed already.
    [[nodiscard]] bool impatient() const { return impatient_; }

private:
    [[nodiscard]] const char* check_goal(const Event& event, const Worker& after);
    [[nodiscard]] const char* check_spawn(const Worker& before, const Event& event, const Transition& transition);
    [[nodiscard]] const char* check_failures(const Worker& before, const Event& event, const Worker& after);
    [[nodiscard]] const char* check_fatal(const Worker& before, const Worker& after, SteadyTime at) const;
    [[nodiscard]] const char* check_signals(const Worker& before, const Event& event, const Transition& transition, Stamp now);
    [[nodiscard]] const char* check_hooks(const Worker& before, const Event& event, const Transition& transition);
    void forget_failures();
    void note_failure(SteadyTime at);

    Goal goal_ = Goal::down;
    std::uint32_t restarts_ = 0;
    std::uint32_t failures_ = 0;
    bool asked_in_backoff_ = false;
    SteadyTime not_before_{};   ///< in backoff: when its delay is over
    bool impatient_ = false;
    bool owed_ = false;   ///< there was a run that postStop has not followed yet
    SteadyTime plan_began_{};
    std::vector<SteadyTime> failed_;             ///< since a start was asked for
    std::size_t failed_under_this_policy_ = 0;   ///< how many of them, the last ones
};

}   // namespace talos::worker::model

#include "worker/data/reason.hpp"

#include "core/duration.hpp"

namespace talos::worker {

namespace {

std::string with(std::string text, const std::string& failure) {
    return failure.empty() ? text : text.append(": ").append(failure);
}

struct TextOf {
    std::string operator()(const reasons::RestEnds&) const { return "waiting for the rest of its last run to end"; }
    std::string operator()(const reasons::HookEnds& why) const {
        return "waiting for " + std::string(config::to_text(why.which)) + " to end";
    }
    std::string operator()(const reasons::BecomesReady& why) const {
        return with("waiting to be ready (" + why.how + ")", why.last_failure);
    }
    std::string operator()(const reasons::NotReady& why) const {
        return with("not ready within " + format_duration(why.within) + " (" + why.how + ")", why.last_failure);
    }
    std::string operator()(const reasons::Unhealthy& why) const { return "unhealthy: " + why.found; }
    std::string operator()(const reasons::StartFailed& why) const { return why.how; }
    std::string operator()(const reasons::Limit& why) const {
        return std::to_string(why.failures) + (why.failures == 1 ? " failure" : " failures") + " within " +
               format_duration(why.window) + ", the last one: " + why.last;
    }
    std::string operator()(const reasons::FatalExit& why) const {
        return to_text(ExitStatus{why.code, why.signal, false, {}}) + " is listed in fatalExitCodes";
    }
};

}   // namespace

std::string Reason::text() const { return none() ? std::string() : std::visit(TextOf{}, *what_.get()); }

}   // namespace talos::worker

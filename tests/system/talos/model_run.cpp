#include "system/talos/model_run.hpp"

#include "system/talos/model_truth.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <csignal>
#include <cstdio>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::test::model {

namespace {

using Kind = Step::Kind;

/// Long enough for whatever is decided at all, also under sanitizers.
constexpr auto long_wait = "wait=25s";
constexpr auto time_to_notice = std::chrono::seconds{sanitized ? 10 : 3};

void pause(int ms) { ::poll(nullptr, 0, ms); }

}   // namespace

std::vector<Step> random_steps(std::uint64_t seed, std::size_t bursts) {
    Dice dice(seed);
    // as often as they stand here
    static const std::vector kinds{Kind::command,   Kind::command,   Kind::command,   Kind::command, Kind::command, Kind::command,
                                   Kind::command,   Kind::kill_main, Kind::kill_main, Kind::signal,  Kind::reload,  Kind::reload,
                                   Kind::kill_main, Kind::breathe,   Kind::breathe,   Kind::breathe};
    std::vector<Step> steps;
    for (; bursts > 0; --bursts) {
        for (auto count = 3 + dice.below(15); count > 0; --count) {
            const Kind kind = dice.of(kinds);
            steps.push_back({kind, dice.number()});
        }
        steps.push_back({Kind::settle, 0});
    }
    return steps;
}

Run::Run() : daemon_(fleet_.config()) { daemon_.start(); }

std::optional<std::string> Run::take(const std::vector<Step>& steps) {
    for (const auto& step : steps) {
        if (step.kind == Kind::settle) {
            if (auto problem = settle()) return problem;
        } else {
            perform(step);
            collect();
        }
        if (daemon_.process().ended()) return "talosd has ended";
        if (auto problem = two_of_one(daemon_)) return problem;
    }
    if (auto problem = settle()) return problem;
    return finish();
}

void Run::perform(const Step& step) {
    Dice dice(step.dice);
    switch (step.kind) {
    case Kind::command: return command(dice);
    case Kind::kill_main: return kill_main(dice);
    case Kind::signal: return signal(dice);
    case Kind::reload: return reload(dice);
    case Kind::breathe: {
        constexpr std::size_t longest = 60;
        const int ms = static_cast<int>(dice.below(longest));
        tell(std::to_string(ms) + " ms pass");
        return pause(ms);
    }
    case Kind::settle: return;
    }
}

// --- steps --------------------------------------------------------------------------------------------------------

void Run::command(Dice& dice) {
    Asked asked;
    asked.verb = dice.of(std::vector<std::string>{"start", "stop", "restart"});
    std::string words;
    if (dice.one_in(6)) {
        words = "all";
        asked.all = true;
    } else {
        for (auto count = dice.one_in(4) ? 3 : 1; count > 0; --count) {
            const auto& name = dice.of(members()).name;
            if (std::find(asked.names.begin(), asked.names.end(), name) != asked.names.end()) continue;
            words += (words.empty() ? "" : ",") + name;
            asked.names.push_back(name);
        }
    }
    asked.target = "/v1/workers/" + words + '/' + asked.verb;
    switch (dice.below(4)) {
    case 0: break;
    case 1: asked.target += "?wait=30ms"; break;
    default:
        asked.target += std::string("?") + long_wait;
        asked.waits = true;
        break;
    }
    ask(std::move(asked));
}

void Run::kill_main(Dice& dice) {
    const auto& name = dice.of(members()).name;
    for (const auto& view : daemon_.workers()) {
        if (view.name != name || view.pid <= 1) continue;
        const posix::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, view.pid, 0)));
        if (!pidfd || proc(view.pid).start_ticks != view.start_ticks) continue;
        tell("SIGKILL to " + name + ", pid " + std::to_string(view.pid));
        ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
    }
}

void Run::signal(Dice& dice) {
    Asked asked;
    const auto& name = dice.of(members()).name;
    asked.target =
        "/v1/workers/" + name + "/signal?signal=" + dice.of(std::vector<std::string>{"SIGKILL", "SIGTERM", "SIGHUP", "SIGCONT"});
    asked.names = {name};
    ask(std::move(asked));
}

void Run::reload(Dice& dice) {
    const auto what = fleet_.edit(dice);
    for (const auto& name : fleet_.take_edited()) unsettled_.insert(name);
    write_text(daemon_.path("talos.json.new"), "{\"workers\": {\n" + fleet_.config() + "}}\n");
    if (::rename(daemon_.path("talos.json.new").c_str(), daemon_.path("talos.json").c_str()) != 0) return;
    tell("the config " + what);
    Asked asked;
    asked.target = std::string("/v1/reload?roll=") + (dice.one_in(2) ? "one" : "all");
    if (dice.one_in(2)) asked.target += std::string("&") + long_wait;
    ask(std::move(asked));
}

void Run::ask(Asked asked) {
    tell("POST " + asked.target);
    asked.since = History(daemon_).last();
    asked.request = std::make_unique<SocketRequest>(daemon_, "POST", asked.target);
    asked_.push_back(std::move(asked));
}

void Run::collect() {
    for (auto& asked : asked_) {
        if (asked.answered || !asked.request->done()) continue;
        asked.answered = true;
        asked.until = History(daemon_).last();
    }
}

bool Run::all_answered() {
    collect();
    return std::all_of(asked_.begin(), asked_.end(), [](const Asked& asked) { return asked.answered; });
}

// --- looking ------------------------------------------------------------------------------------------------------

/// Workers that came or went meanwhile may be known or not.
std::optional<std::string> Run::judge(const Asked& asked, const History& history) const {
    const auto answer = asked.request->answer();
    const std::string what = "POST " + asked.target + " was answered " + std::to_string(answer.status) + ' ' + answer.body;
    if (answer.status == 0) return what + ": no answer";
    const auto edited = [&](const std::string& name) { return unsettled_.contains(name); };
    const auto unknown = [&](const std::string& name) { return !fleet_.has(name); };
    const bool certain = std::none_of(asked.names.begin(), asked.names.end(), edited);
    const bool somebody_unknown = std::any_of(asked.names.begin(), asked.names.end(), unknown);
    if (answer.status == 404) return certain && !somebody_unknown ? std::optional(what + ": it is known") : std::nullopt;
    if (certain && somebody_unknown) return what + ": it is not known";
    if (answer.status == 409 && !certain) return std::nullopt;   // all of them are being removed
    const auto* results = answer.json.if_contains("results");
    if (asked.verb.empty()) return answer.status == 200 ? std::nullopt : std::optional(what);
    if ((answer.status != 200 && answer.status != 202) || results == nullptr) return what;
    if (auto problem = judge_results(asked, results->as_array(), history)) return what + ": " + *problem;
    const auto* reached = answer.json.if_contains("reached");
    const auto is_reached = [](const auto& result) { return result.as_object().at("outcome").as_string() == "reached"; };
    const bool all = std::all_of(results->as_array().begin(), results->as_array().end(), is_reached);
    return reached != nullptr && reached->as_bool() != all ? std::optional(what + ": \"reached\" is wrong") : std::nullopt;
}

std::optional<std::string> Run::judge_results(const Asked& asked, const boost::json::array& results,
                                              const History& history) const {
    std::set<std::string> answered;
    for (const auto& value : results) {
        const auto& result = value.as_object();
        answered.insert(std::string(result.at("worker").as_string()));
        if (auto problem = untrue(result, asked.verb, asked.waits, history, asked.since, asked.until)) return problem;
    }
    for (const auto& name : asked.names)
        if (!answered.contains(name)) return "nothing about " + name;
    if (!asked.all) return std::nullopt;
    for (const auto& one : members())
        if (fleet_.has(one.name) && !unsettled_.contains(one.name) && !answered.contains(one.name))
            return "nothing about " + one.name;
    return std::nullopt;
}

/// Empty when there is no answer.
boost::json::object Run::ask_status() {
    SocketRequest request(daemon_, "GET", "/v1/status");
    return eventually([&] { return request.done(); }) ? request.answer().json : boost::json::object();
}

std::optional<std::string> Run::settle() {
    tell("settled");
    if (!eventually([this] { return all_answered(); }, 2 * patience)) {
        for (const auto& asked : asked_)
            if (!asked.answered) return "no answer to POST " + asked.target;
    }
    // the last word on the config, so that what stands in the file is what runs
    Asked reload;
    reload.target = std::string("/v1/reload?roll=all&") + long_wait;
    ask(std::move(reload));
    if (!eventually([this] { return all_answered(); }, 2 * patience)) return "no answer to the last reload";
    const auto last = asked_.back().request->answer();
    const auto* reached = last.json.if_contains("reached");
    const bool applied = reached != nullptr && reached->as_bool();

    std::optional<std::string> problem = "it does not come to rest";
    std::string suspected;
    Clock::time_point suspected_since;
    (void)eventually([&] {
        const auto before = ask_status();
        const auto views = daemon_.workers();
        if (before.empty()) return daemon_.process().ended().has_value();
        if (std::any_of(views.begin(), views.end(), moving)) return false;
        const History history(daemon_);
        auto found = wrong_at_rest(daemon_, views, fleet_, history, applied);
        const auto after = ask_status();
        const auto document = daemon_.status();
        if (after.empty() || !document) return false;
        // otherwise something happened meanwhile, or is not in the file yet: what was seen may be of two moments
        const auto& sequence = before.at("sequence");
        if (after.at("sequence") != sequence || document->at("sequence") != sequence) return false;
        if (history.last() != sequence.to_number<std::int64_t>()) return false;
        if (!found && document->at("workers") != before.at("workers"))
            found = "the answer to GET /v1/status is not what status.json says";
        // a process that was killed a moment ago is gone before anybody can know
        if (found && *found != suspected) {
            suspected = *found;
            suspected_since = Clock::now();
        }
        if (found && Clock::now() - suspected_since < time_to_notice) return false;
        problem = std::move(found);
        return true;
    });
    if (problem) return problem;
    const History history(daemon_);
    for (const auto& asked : asked_)
        if (!problem) problem = judge(asked, history);
    asked_.clear();
    if (applied) unsettled_.clear();
    return problem;
}

std::optional<std::string> Run::finish() {
    daemon_.process().signal(SIGTERM);
    if (!eventually([this] { return daemon_.process().ended().has_value(); })) return "it does not stop";
    const int code = *daemon_.process().ended();
    if (code != 0) return "its exit code is " + std::to_string(code) + '\n' + daemon_.process().err();
    if (const auto left = daemon_.left_behind(); !left.empty()) return "it left behind: " + left;
    if (auto flaw = History(daemon_).flaw(); !flaw.empty()) return flaw;
    return std::nullopt;
}

std::string Run::picture() const { return History(daemon_).tail() + read_text(daemon_.data("status.json")); }

}   // namespace talos::test::model

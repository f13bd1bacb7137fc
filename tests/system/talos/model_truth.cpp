#include "system/talos/model_truth.hpp"

#include "support/eventually.hpp"

#include <algorithm>
#include <map>
#include <sstream>

namespace talos::test::model {

namespace {

using Problem = std::optional<std::string>;

const std::set<std::string> rest_states{"stopped", "exited", "fatal"};

std::string text_of(const boost::json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    return value != nullptr ? std::string(value->as_string()) : std::string();
}

struct Claim {
    std::string worker, outcome, state, reason;
    pid_t pid = 0;
};

Problem untrue_reached(const Claim& claim, const std::string& verb, const History& history, std::int64_t since) {
    if (verb == "stop") {
        if (claim.state != "removed" && !rest_states.contains(claim.state)) return "a stop is reached in state " + claim.state;
        return claim.pid != 0 ? Problem("a stop is reached with a process") : std::nullopt;
    }
    if (claim.state == "exited") {
        const bool has_an_end = member(claim.worker).rests_in.contains("exited");
        return has_an_end ? std::nullopt : Problem("a start is reached by an exit");
    }
    if (claim.state != "running") return "a " + verb + " is reached in state " + claim.state;
    if (claim.pid == 0) return "a " + verb + " is reached without a process";
    if (verb == "restart" && !history.entered(claim.worker, "starting", since)) return "a restart is reached by the old process";
    return std::nullopt;
}

Problem untrue_failed(const Claim& claim, const std::string& verb, const History& history, std::int64_t since) {
    if (claim.reason.empty()) return "a failure without a reason";
    const bool by_later = claim.reason.find("a later ") != std::string::npos;
    std::set<std::string> against{"stop", "reload"};
    if (verb == "stop") against = {"start", "restart", "reload"};
    if (by_later && !history.caused(claim.worker, against, since)) return "failed by a later wish that nobody had";
    if (!by_later && verb == "stop" && !history.caused(claim.worker, against, since))
        return "a stop failed that nobody was against";
    return std::nullopt;
}

/// The worker that a process's marks name; empty without any, as a zombie is.
std::string worker_of(pid_t pid) {
    const std::string mark = "TALOS_WORKER=";
    for (const auto& entry : environment_of(pid))
        if (entry.starts_with(mark)) return entry.substr(mark.size());
    return {};
}

/// The processes of this run by worker.
std::map<std::string, std::vector<pid_t>> marked(const Daemon& daemon) {
    std::map<std::string, std::vector<pid_t>> found;
    for (const pid_t pid : processes_with(daemon.run_mark()))
        if (const auto name = worker_of(pid); !name.empty()) found[name].push_back(pid);
    return found;
}

Problem wrong_processes(const Daemon& daemon, const WorkerView& view, const std::vector<pid_t>& pids,
                        const std::string& variant) {
    const auto count = std::to_string(pids.size());
    if (view.state != "running") {
        if (view.pid != 0) return "it has a PID";
        return pids.empty() ? std::nullopt
                            : Problem("it has " + count + " processes, the first is " + std::to_string(pids.front()));
    }
    const auto main = proc(view.pid);
    if (main.pid == 0 || main.start_ticks != view.start_ticks) return "its main process is not there";
    if (std::find(pids.begin(), pids.end(), view.pid) == pids.end()) return "its main process has not its marks";
    if (pids.size() > member(view.name).most_processes) return "it has " + count + " processes";
    for (const pid_t pid : pids) {
        const auto one = proc(pid);
        if (one.pid == 0) continue;
        if (one.start_ticks < main.start_ticks) return "process " + std::to_string(pid) + " is older than its main process";
        const bool is_main = one.ppid == daemon.pid() && one.session == pid;
        if (is_main && pid != view.pid) return "it has a second main process, " + std::to_string(pid);
    }
    // the kernel shows it some moments after the exec
    if (!variant.empty() && !eventually([&] { return has_entry(view.pid, variant); }))
        return "it runs without the changed env " + variant;
    return std::nullopt;
}

Problem wrong_state(const WorkerView& view, const History& history) {
    if (const auto state = history.state_of(view.name); state != view.state) return "the history ends in " + state;
    const bool up = view.goal == "up";
    if (const auto wanted = history.wanted_up(view.name); wanted && *wanted != up)
        return "its goal is not what was asked for last";
    if (!up) return rest_states.contains(view.state) ? std::nullopt : Problem("it is wanted down");
    const auto& what = member(view.name);
    const bool allowed = view.state == "running" ? what.runs && view.ready : what.rests_in.contains(view.state);
    return allowed ? std::nullopt : Problem("it is wanted up");
}

}   // namespace

Problem untrue(const boost::json::object& result, const std::string& verb, bool waited, const History& history,
               std::int64_t since, std::int64_t until) {
    Claim claim{text_of(result, "worker"), text_of(result, "outcome"), text_of(result, "state"), text_of(result, "reason")};
    if (const auto* pid = result.if_contains("pid")) claim.pid = pid->to_number<pid_t>();
    if (claim.outcome == "pending") return waited ? Problem("it is still pending") : std::nullopt;
    if (claim.outcome != "reached" && claim.outcome != "failed") return "an outcome that there is not";
    const auto states = history.states(claim.worker, since, until);
    // a refusal says no state
    if (!claim.state.empty() && claim.state != "removed" && !states.contains(claim.state)) {
        std::string had;
        for (const auto& state : states) had += ' ' + state;
        return "it was not in that state then, but in:" + had;
    }
    if (claim.pid != 0 && !history.had_pid(claim.worker, claim.pid)) return "it never had that PID";
    return claim.outcome == "reached" ? untrue_reached(claim, verb, history, since) : untrue_failed(claim, verb, history, since);
}

Problem two_of_one(const Daemon& daemon) {
    const std::string self = std::to_string(daemon.pid());
    std::istringstream children(read_text("/proc/" + self + "/task/" + self + "/children"));
    std::map<std::string, pid_t> mains;
    for (pid_t child = 0; children >> child;) {
        const auto name = worker_of(child);
        if (name.empty() || proc(child).session != child) continue;
        const auto [known, first] = mains.emplace(name, child);
        if (!first) return "two of " + name + ": " + std::to_string(known->second) + " and " + std::to_string(child);
    }
    return std::nullopt;
}

bool moving(const WorkerView& view) {
    if (view.state == "running") return view.goal != "up" || !member(view.name).runs;
    return !rest_states.contains(view.state);
}

Problem wrong_at_rest(const Daemon& daemon, const std::vector<WorkerView>& views, const Fleet& fleet, const History& history,
                      bool applied) {
    if (auto flaw = history.flaw(); !flaw.empty()) return flaw;
    auto processes = marked(daemon);
    for (const auto& view : views) {
        const std::string who =
            view.name + " is " + view.state + ", wanted " + view.goal + ", pid " + std::to_string(view.pid) + ", and ";
        if (applied && !fleet.has(view.name)) return who + "it is no longer in the config";
        if (auto problem = wrong_state(view, history)) return who + *problem;
        const std::string variant = applied ? fleet.variant(view.name) : "";
        if (auto problem = wrong_processes(daemon, view, processes[view.name], variant)) return who + *problem;
        processes.erase(view.name);
    }
    for (const auto& one : members()) {
        const bool shown = std::any_of(views.begin(), views.end(), [&](const auto& view) { return view.name == one.name; });
        if (applied && fleet.has(one.name) && !shown) return one.name + " is in the config and not in the status";
    }
    for (const auto& [name, pids] : processes)
        if (!pids.empty()) return "there is no worker " + name + ", and yet its process " + std::to_string(pids.front());
    return std::nullopt;
}

}   // namespace talos::test::model

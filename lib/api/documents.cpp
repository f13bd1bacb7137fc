#include "api/documents.hpp"
#include "api/plan_values.hpp"
#include "config/model/dependency_words.hpp"
#include "core/text.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>

namespace json = boost::json;

namespace talos::api {
namespace {

std::string line_of(const json::object& object) { return escaped_json(json::serialize(object)) + "\n"; }

json::string text(std::string_view bytes) { return json::string(valid_utf8(bytes)); }

std::string_view word(Outcome::What what) {
    switch (what) {
    case Outcome::What::pending: return "pending";
    case Outcome::What::reached: return "reached";
    case Outcome::What::failed: return "failed";
    }
    __builtin_unreachable();
}

std::string_view word(config::WorkerChange::What what) {
    using What = config::WorkerChange::What;
    switch (what) {
    case What::added: return "added";
    case What::removed: return "removed";
    case What::changed: return "changed";
    }
    __builtin_unreachable();
}

std::string_view word(config::Effect effect) {
    switch (effect) {
    case config::Effect::live: return "live";
    case config::Effect::restart: return "restart";
    }
    __builtin_unreachable();
}

json::object row(const WorkerView& worker) {
    auto object = state::to_json(worker.status);
    if (worker.status.state == worker::State::stopping && worker.kill_at) object.emplace("killAt", to_ms(*worker.kill_at));
    if (worker.leaving) object.emplace("leaving", true);
    return object;
}

json::object result(const std::string& worker, const Outcome& outcome) {
    json::object object;
    object.emplace("worker", text(worker));
    object.emplace("outcome", word(outcome.what));
    if (!outcome.state.empty()) object.emplace("state", outcome.state);
    if (outcome.pid > 0) object.emplace("pid", outcome.pid);
    if (!outcome.reason.empty()) object.emplace("reason", text(outcome.reason));
    return object;
}

json::array all(const Results& results) {
    json::array list;
    list.reserve(results.size());
    for (const auto& [worker, outcome] : results) list.push_back(result(worker, outcome));
    return list;
}

void add_changes(json::object& document, const ConfigChanges& changes) {
    if (!changes.changed) return;
    document.emplace("configChanged", true);
    if (changes.files.empty()) return;
    json::array files;
    for (const auto& file : changes.files) files.push_back(text(file));
    document.emplace("changedFiles", std::move(files));
}

bool reached(const Results& results) {
    return std::all_of(results.begin(), results.end(),
                       [](const auto& each) { return each.second.what == Outcome::What::reached; });
}

json::array keys(const std::vector<config::KeyChange>& changes) {
    json::array list;
    for (const auto& change : changes) {
        json::object key;
        key.emplace("key", change.key);
        key.emplace("effect", word(change.effect));
        list.push_back(std::move(key));
    }
    return list;
}

json::object change(const config::WorkerChange& worker) {
    json::object object;
    object.emplace("worker", text(worker.name));
    object.emplace("change", word(worker.what));
    object.emplace("keys", keys(worker.keys));
    object.emplace("restart", worker.needs_restart());
    return object;
}

json::array affected(const std::vector<config::Affected>& workers) {
    json::array list;
    for (const auto& worker : workers) {
        json::object object;
        object.emplace("worker", text(worker.worker));
        object.emplace("by", text(worker.by));
        object.emplace("onFailure", config::to_text(worker.how));
        list.push_back(std::move(object));
    }
    return list;
}

/// `web: backoff, exit code 1`, `web: waiting for db`
std::string not_ready(const state::WorkerStatus& worker) {
    using worker::State;
    std::string line = worker.name + ": ";
    if (state::is_waiting(worker) && !worker.reason.empty()) return line + in_one_line(worker.reason) + "\n";
    line.append(state::shown_state(worker));
    const bool ended = worker.state == State::backoff || worker.state == State::exited || worker.state == State::fatal;
    if (!worker.reason.empty()) line.append(", ").append(in_one_line(worker.reason));
    else if (ended && worker.last_exit) line.append(", ").append(talos::to_text(worker.last_exit->status));
    return line + "\n";
}

}   // namespace

std::size_t untouched(const ReloadAnswer& answer) {
    const auto& changed = answer.plan.workers;
    const auto unchanged = [&](const config::Affected& affected) {
        return std::none_of(changed.begin(), changed.end(), [&](const auto& worker) { return worker.name == affected.worker; });
    };
    return answer.plan.unchanged -
           static_cast<std::size_t>(std::count_if(answer.affected.begin(), answer.affected.end(), unchanged));
}

std::string status_document(const state::StatusHead& head, const std::vector<WorkerView>& workers, Millis uptime) {
    auto document = state::to_json(state::StatusDocument{head, {}});
    auto& rows = document["workers"].as_array();
    rows.reserve(workers.size());
    for (const auto& worker : workers) rows.push_back(state::to_json(worker.status));
    document["running"] = true;
    document["uptime"] = uptime.count();
    return line_of(document);
}

std::string workers_document(const std::vector<WorkerView>& workers) {
    json::array rows;
    rows.reserve(workers.size());
    for (const auto& worker : workers) rows.push_back(row(worker));
    json::object document;
    document.emplace("workers", std::move(rows));
    return line_of(document);
}

std::string worker_document(const WorkerView& worker) { return line_of(row(worker)); }

std::string result_document(const std::string& worker, const Outcome& outcome) { return line_of(result(worker, outcome)); }

std::string results_document(const Results& results, const ConfigChanges& changes) {
    json::object document;
    add_changes(document, changes);
    document.emplace("results", all(results));
    return line_of(document);
}

std::string awaited_document(const Results& results, const ConfigChanges& changes) {
    json::object document;
    add_changes(document, changes);
    document.emplace("reached", reached(results));
    document.emplace("results", all(results));
    return line_of(document);
}

std::string scale_document(const std::vector<ScaleAnswer::Change>& groups, const Results& results, bool awaited) {
    json::object document;
    json::array list;
    for (const auto& change : groups) {
        json::object group;
        group.emplace("group", text(change.group));
        group.emplace("before", change.before);
        group.emplace("instances", change.now);
        group.emplace("configured", change.configured);
        if (change.saved) group.emplace("saved", *change.saved);
        list.push_back(std::move(group));
    }
    document.emplace("groups", std::move(list));
    if (awaited) document.emplace("reached", reached(results));
    document.emplace("results", all(results));
    return line_of(document);
}

std::string reload_document(const ReloadAnswer& answer, bool dry_run, const Results* awaited) {
    json::object document;
    document.emplace("dryRun", dry_run);
    document.emplace("unchanged", untouched(answer));
    auto daemon = keys(answer.plan.daemon);
    if (dry_run) add_values(daemon, answer.running, answer.wanted);
    document.emplace("daemon", std::move(daemon));
    json::array workers;
    const PlanValues values(answer.running, answer.wanted);
    for (const auto& worker : answer.plan.workers) {
        workers.push_back(change(worker));
        if (dry_run) values.add_to(workers.back().as_object().at("keys").as_array(), worker.name);
    }
    document.emplace("workers", std::move(workers));
    if (!answer.affected.empty()) document.emplace("affected", affected(answer.affected));
    if (!answer.warnings.empty()) {
        json::array warnings;
        for (const auto& warning : answer.warnings) warnings.push_back(text(warning));
        document.emplace("warnings", std::move(warnings));
    }
    if (answer.number != 0) document.emplace("reload", answer.number);
    if (awaited != nullptr) {
        document.emplace("reached", reached(*awaited));
        document.emplace("results", all(*awaited));
    }
    return line_of(document);
}

std::string shutdown_document() { return "{\"stopping\":true}\n"; }

Readiness readiness(const state::StatusHead& head, const std::vector<WorkerView>& workers) {
    Readiness answer;
    if (head.state != state::DaemonState::running) answer.text.append("talosd: ").append(state::to_text(head.state)).append("\n");
    for (const auto& worker : workers) {
        const bool wanted = worker.status.goal == worker::Goal::up && !worker.leaving;
        if (wanted && !worker.status.ready && !state::completed(worker.status)) answer.text += not_ready(worker.status);
    }
    answer.ready = answer.text.empty();
    if (answer.ready) answer.text = "ok\n";
    return answer;
}

}   // namespace talos::api

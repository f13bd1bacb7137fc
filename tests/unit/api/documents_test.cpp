#include "api/documents.hpp"
#include "support/catch.hpp"
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

using namespace talos;
using namespace talos::api;
using namespace std::chrono_literals;
namespace json = boost::json;
using What = Outcome::What;

namespace {

WorkerView view(const std::string& name, worker::State state = worker::State::running) {
    WorkerView worker;
    worker.status.name = name;
    worker.status.state = state;
    worker.status.goal = worker::Goal::up;
    worker.status.ready = state == worker::State::running;
    return worker;
}

json::value document(const std::string& text) {
    CHECK(text.ends_with("\n"));
    CHECK(text.find('\n') == text.size() - 1);
    return json::parse(text);
}

state::StatusHead running_head() {
    state::StatusHead head;
    head.state = state::DaemonState::running;
    return head;
}

}   // namespace

TEST_CASE("status: status.json's document, running and since when") {
    const auto web = view("web");
    const auto seen = document(status_document(running_head(), {web}, 1500ms));
    auto expected = state::to_json(state::StatusDocument{running_head(), {web.status}});
    expected["running"] = true;
    expected["uptime"] = 1500;
    CHECK(seen == json::value(expected));
}

TEST_CASE("workers: rows of status.json, with when SIGKILL comes and who is leaving") {
    auto web = view("web", worker::State::stopping);
    web.kill_at = wall_from_ms(1'769'650'000'000);
    web.leaving = true;
    auto row = state::to_json(web.status);
    row["killAt"] = 1'769'650'000'000;
    row["leaving"] = true;
    CHECK(document(worker_document(web)) == json::value(row));
    auto up = view("up");
    up.kill_at = web.kill_at;   // of an earlier stop
    const auto list = document(workers_document({web, up}));
    CHECK(list.at("workers").at(0) == json::value(row));
    CHECK(list.at("workers").at(1) == json::value(state::to_json(up.status)));
    CHECK(document(workers_document({})) == json::parse(R"({"workers": []})"));
}

TEST_CASE("results: what is not known is absent") {
    CHECK(document(result_document("web", {What::reached, "running", 4243, ""})) ==
          json::parse(R"({"worker": "web", "outcome": "reached", "state": "running", "pid": 4243})"));
    CHECK(document(result_document("web", {What::failed, "", 0, "no process"})) ==
          json::parse(R"({"worker": "web", "outcome": "failed", "reason": "no process"})"));
    const Results results{{"a", {What::pending, "stopping", 7, "stopping"}}, {"b", {What::reached, "stopped", 0, ""}}};
    CHECK(document(results_document(results)) == json::parse(R"({"results": [
        {"worker": "a", "outcome": "pending", "state": "stopping", "pid": 7, "reason": "stopping"},
        {"worker": "b", "outcome": "reached", "state": "stopped"}]})"));
}

TEST_CASE("results: reached means every one") {
    const Results::value_type reached{"a", {What::reached, "running", 1, ""}};
    const Results::value_type pending{"b", {What::pending, "starting", 2, "starting"}};
    CHECK(document(awaited_document({reached, reached})).at("reached") == true);
    CHECK(document(awaited_document({reached, pending})).at("reached") == false);
    CHECK(document(awaited_document({})) == json::parse(R"({"reached": true, "results": []})"));
}

TEST_CASE("reload: the plan, the number of what is applied, and what became of it") {
    ReloadAnswer answer;
    answer.plan.unchanged = 7;
    answer.plan.daemon = {{"access", config::Effect::live}, {"dataDir", config::Effect::restart}};
    using Change = config::WorkerChange::What;
    answer.plan.workers = {{Change::changed, "web", {{"stop", config::Effect::live}, {"command", config::Effect::restart}}},
                           {Change::added, "new", {}},
                           {Change::removed, "old", {}}};
    const auto dry = json::parse(R"({"dryRun": true, "unchanged": 7,
        "daemon": [{"key": "access", "effect": "live"}, {"key": "dataDir", "effect": "restart"}],
        "workers": [{"worker": "web", "change": "changed", "restart": true,
                     "keys": [{"key": "stop", "effect": "live"}, {"key": "command", "effect": "restart"}]},
                    {"worker": "new", "change": "added", "keys": [], "restart": false},
                    {"worker": "old", "change": "removed", "keys": [], "restart": false}]})");
    CHECK(document(reload_document(answer, true)) == dry);
    answer.number = 3;
    const Results results{{"web", {What::reached, "running", 9, ""}}};
    auto applied = dry.as_object();
    applied["dryRun"] = false;
    applied["reload"] = 3;
    CHECK(document(reload_document(answer, false)) == json::value(applied));
    answer.warnings = {"talos.json:1:2: warning: x"};
    applied["warnings"] = json::parse(R"(["talos.json:1:2: warning: x"])");
    CHECK(document(reload_document(answer, false)) == json::value(applied));
    applied["reached"] = true;
    applied["results"] = json::parse(R"([{"worker": "web", "outcome": "reached", "state": "running", "pid": 9}])");
    CHECK(document(reload_document(answer, false, &results)) == json::value(applied));
}

TEST_CASE("reload: workers that restart or stop with a restarted one are in the plan, and not among the unchanged") {
    ReloadAnswer answer;
    answer.plan.unchanged = 3;
    answer.plan.workers = {{config::WorkerChange::What::changed, "redis", {{"command", config::Effect::restart}}},
                           {config::WorkerChange::What::changed, "st", {{"stop", config::Effect::live}}}};
    using OnFailure = config::Dependency::OnFailure;
    answer.affected = {{"api", "redis", OnFailure::restart}, {"st", "redis", OnFailure::stop}};
    const auto told = document(reload_document(answer, true));
    CHECK(told.at("unchanged").to_number<int>() == 2);
    CHECK(
        told.at("affected") ==
        json::parse(
            R"([{"worker": "api", "by": "redis", "onFailure": "restart"}, {"worker": "st", "by": "redis", "onFailure": "stop"}])"));
}

TEST_CASE("reload: a dry run has old and new values, secrets are masked, of variables only the names come") {
    config::WorkerSpec web;
    web.name = "web";
    web.command = {"sleep", "1"};
    web.env = {{"SAME", "s"}, {"TOKEN", "old-secret"}, {"GONE", "g"}};
    ReloadAnswer answer;
    answer.running.workers = {web};
    web.command = {"sleep", "2"};
    web.env = {{"TOKEN", "new-secret"}, {"SAME", "s"}, {"NEW", "n"}};
    web.restart.delay = 3s;
    web.log.front().keep = 9;
    answer.wanted.workers = {web};
    answer.wanted.data_dir = "/data";
    answer.plan = config::diff(answer.running, answer.wanted);
    const auto text = reload_document(answer, true);
    CHECK(text.find("secret") == std::string::npos);
    const auto shown = document(text).as_object();
    CHECK(shown.at("workers").as_array()[0].at("keys") == json::parse(R"([
        {"key": "command", "effect": "restart", "before": ["sleep", "1"], "after": ["sleep", "2"]},
        {"key": "env", "effect": "restart", "added": ["NEW"], "removed": ["GONE"], "changed": ["TOKEN"]},
        {"key": "restart.delay", "effect": "live", "before": "100ms", "after": "3s"},
        {"key": "log.keep", "effect": "live", "before": 5, "after": 9}])"));
    CHECK(shown.at("daemon") == json::parse(R"([{"key": "dataDir", "effect": "restart", "after": "/data"}])"));
    CHECK(reload_document(answer, false).find("before") == std::string::npos);
}

TEST_CASE("results: that the config has changed is told with them") {
    const Results results{{"web", {What::reached, "running", 9, ""}}};
    CHECK_FALSE(document(results_document(results)).as_object().contains("configChanged"));
    const auto changed = document(awaited_document(results, {true, {"talos.json"}})).as_object();
    CHECK(changed.at("configChanged") == true);
    CHECK(changed.at("changedFiles") == json::value{"talos.json"});
    CHECK_FALSE(document(results_document(results, {true, {}})).as_object().contains("changedFiles"));
}

TEST_CASE("readiness: ok when talosd runs and every worker that is to be up is ready") {
    auto down = view("down", worker::State::stopped);
    down.status.goal = worker::Goal::down;
    const auto ready = readiness(running_head(), {view("web"), down});
    CHECK(ready.ready);
    CHECK(ready.text == "ok\n");
    CHECK(readiness(running_head(), {}).ready);
}

TEST_CASE("readiness: a oneshot that is done is fine, one at work is not") {
    auto once = view("once", worker::State::completed);
    once.status.oneshot = true;
    once.status.ready = false;
    once.status.pid = 0;
    once.status.last_exit = worker::LastExit{};
    CHECK(readiness(running_head(), {once}).ready);
    once.status.state = worker::State::starting;
    CHECK_FALSE(readiness(running_head(), {once}).ready);
}

TEST_CASE("readiness: a line for each reason") {
    auto web = view("web", worker::State::backoff);
    web.status.last_exit = worker::LastExit{{1, 0, false, {}}, {}, 1s};
    auto queue = view("queue", worker::State::backoff);
    queue.status.reason = "exec ./a\nb: No such file";
    auto fresh = view("fresh", worker::State::starting);
    fresh.status.last_exit = web.status.last_exit;
    auto leaving = view("leaving", worker::State::stopping);
    leaving.leaving = true;
    auto api = view("api", worker::State::stopped);
    api.status.ready = false;
    api.status.reason = "waiting for db";
    const auto answer = readiness({}, {web, queue, fresh, leaving, api});
    CHECK(!answer.ready);
    CHECK(answer.text == "talosd: starting\nweb: backoff, exit code 1\nqueue: backoff, exec ./a b: No such file\nfresh: "
                         "starting\napi: waiting for db\n");
}

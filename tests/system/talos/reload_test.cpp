#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <map>
#include <unistd.h>

using namespace talos::test;

namespace {

std::string many(int count) {
    std::string workers;
    for (int i = 0; i < count; ++i) workers += worker("w" + std::to_string(i), sleeper());
    return workers;
}

std::map<std::string, pid_t> pids(const Daemon& daemon) {
    std::map<std::string, pid_t> found;
    for (const auto& view : daemon.workers()) found[view.name] = view.pid;
    return found;
}

void await_running_all(const Daemon& daemon, std::size_t count) {
    REQUIRE(eventually([&] {
        std::size_t running = 0;
        for (const auto& view : daemon.workers()) running += view.state == "running";
        return running == count;
    }));
}

std::string effect_of(const Answer& plan, const std::string& key) {
    for (const auto& one : plan.json.at("workers").as_array())
        for (const auto& change : one.as_object().at("keys").as_array())
            if (change.as_object().at("key").as_string() == key) return std::string(change.as_object().at("effect").as_string());
    return "unchanged";
}

}   // namespace

TEST_CASE("reload: what is not changed keeps its process, 100 of them, what is changed, added and removed follows the file") {
    Daemon daemon(
        many(100) +
        worker("changes", shell("echo $COLOUR; exec sleep 120"), R"("env": {"COLOUR": "red"}, "log": {"format": "raw"})") +
        worker("goes", sleeper()));
    daemon.start();
    await_running_all(daemon, 102);
    const auto before = pids(daemon);
    daemon.configure(
        worker("comes", sleeper()) + many(100) +
        worker("changes", shell("echo $COLOUR; exec sleep 120"), R"("env": {"COLOUR": "blue"}, "log": {"format": "raw"})"));

    const auto planned = call(daemon, "POST", "/v1/reload?dryRun");
    INFO(planned.body);
    CHECK(planned.json.at("unchanged").to_number<int>() == 100);
    CHECK(planned.json.at("workers").as_array().size() == 3);
    CHECK(effect_of(planned, "env") == "restart");
    CHECK(planned.body.find("blue") == std::string::npos);
    CHECK(pids(daemon) == before);

    const auto done = call(daemon, "POST", "/v1/reload?wait=1m");
    INFO(done.body);
    CHECK(done.json.at("reached").as_bool());
    const auto after = pids(daemon);
    CHECK(after.size() == 102);
    CHECK(daemon.workers().front().name == "comes");
    CHECK_FALSE(after.contains("goes"));
    CHECK_FALSE(alive(before.at("goes")));
    for (int i = 0; i < 100; ++i) CHECK(after.at("w" + std::to_string(i)) == before.at("w" + std::to_string(i)));
    CHECK(after.at("changes") != before.at("changes"));
    CHECK(eventually([&] { return daemon.worker_log("changes") == "red\nblue\n"; }));
    CHECK(call(daemon, "POST", "/v1/reload?dryRun").json.at("workers").as_array().empty());
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("reload: a stop plan and a restart policy change while the worker runs on") {
    Daemon daemon(worker("w", {program("ignore_term")}, stop_after("1h")));
    daemon.start();
    REQUIRE(eventually([&] { return daemon.worker_log("w").find("ready") != std::string::npos; }));
    const auto before = daemon.worker_in("w", "running").pid;
    daemon.configure(worker("w", {program("ignore_term")}, stop_after("50ms") + R"(, "restart": {"delay": "7s"})"));
    const auto done = call(daemon, "POST", "/v1/reload?wait=30s");
    INFO(done.body);
    CHECK(done.json.at("reached").as_bool());
    CHECK(effect_of(done, "stop") == "live");
    CHECK(daemon.worker_in("w", "running").pid == before);
    CHECK(call(daemon, "POST", "/v1/workers/w/stop?wait=30s").outcome() == "reached");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("reload: a file with errors changes nothing and names them, SIGHUP without a terminal does the same") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    const auto before = daemon.worker_in("w", "running").pid;
    write_text(daemon.path("talos.json"), "{\"workers\": {\"w\": {\"comand\": [\"true\"]}}}");
    const auto refused = call(daemon, "POST", "/v1/reload?wait=30s");
    CHECK(refused.status == 422);
    CHECK(refused.body.find("unknown key") != std::string::npos);
    daemon.process().signal(SIGHUP);
    CHECK(eventually([&] { return daemon.log().find("the config has errors; nothing was changed") != std::string::npos; }));
    CHECK(daemon.worker_in("w", "running").pid == before);
    daemon.configure(worker("w", sleeper()) + worker("more", sleeper()));
    daemon.process().signal(SIGHUP);
    daemon.worker_in("more", "running");
    CHECK(daemon.worker_in("w", "running").pid == before);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("reload: workers are restarted one by one, and when one does not come up the others stay as they are") {
    const auto fleet = [](const std::string& command) {
        std::string workers;
        for (const char* name : {"a", "b", "c"})
            workers += worker(name, shell(command), R"("startTime": "20ms", "restart": {"delay": "1h", "maxDelay": "1h"})");
        return workers;
    };
    Daemon daemon(fleet("exec sleep 120"));
    daemon.start();
    await_running_all(daemon, 3);
    auto before = pids(daemon);
    daemon.configure(fleet("exec sleep 121"));
    CHECK(call(daemon, "POST", "/v1/reload?wait=1m").json.at("reached").as_bool());
    std::vector<std::string> order;
    for (const auto& event : daemon.events())
        if (event.contains("to") && event.contains("worker") && event.at("sequence").to_number<int>() > 12)
            order.push_back(std::string(event.at("worker").as_string()));
    CHECK(std::is_sorted(order.begin(), order.end()));   // all of a, then all of b, then all of c

    before = pids(daemon);
    daemon.configure(fleet("exit 3"));
    const auto failed = call(daemon, "POST", "/v1/reload?wait=1m");
    INFO(failed.body);
    CHECK_FALSE(failed.json.at("reached").as_bool());
    daemon.worker_in("a", "backoff");
    CHECK(daemon.worker_in("b", "running").pid == before.at("b"));
    CHECK(daemon.worker_in("c", "running").pid == before.at("c"));
    CHECK(failed.body.find("not restarted, since a did not come up") != std::string::npos);

    daemon.configure(fleet("exec sleep 121"));   // taken back: b and c have nothing to do, a comes up again
    CHECK(call(daemon, "POST", "/v1/reload?wait=1m").json.at("reached").as_bool());
    await_running_all(daemon, 3);
    CHECK(pids(daemon).at("b") == before.at("b"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a worker that a reload removes cannot be started, and comes back when the next reload has it again") {
    Daemon daemon(worker(
        "w", shell("trap 'until [ -e let-go ]; do sleep 0.02; done; exit 0' TERM; echo ready; while :; do sleep 0.02; done"),
        stop_after("1h")));
    daemon.start();
    REQUIRE(eventually([&] { return daemon.worker_log("w").find("ready") != std::string::npos; }));
    const auto original = read_text(daemon.path("talos.json"));
    daemon.configure(worker("other", sleeper()));
    Call removal(daemon, "POST", "/v1/reload?wait=1m");
    daemon.worker_in("w", "stopping");
    const auto start = call(daemon, "POST", "/v1/workers/w/start?wait=30s");
    INFO(start.body);
    CHECK(start.body.find("no longer in the config") != std::string::npos);
    write_text(daemon.path("talos.json"), original);
    Call again(daemon, "POST", "/v1/reload?wait=1m");
    daemon.worker_when("w", [](const auto& view) { return view.goal == "up"; });
    write_text(daemon.path("let-go"), "");
    CHECK(again.answer().json.at("reached").as_bool());
    daemon.worker_in("w", "running");
    CHECK(removal.answer().body.find("\"reached\":false") != std::string::npos);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a reload while talosd stops is refused, two reloads at once both get a true answer") {
    Daemon daemon(many(3) + worker("holds",
                                   shell("trap 'until [ -e let-go ]; do sleep 0.02; done; exit 0' TERM; echo ready; "
                                         "while :; do sleep 0.02; done"),
                                   stop_after("1h")));
    daemon.start();
    REQUIRE(eventually([&] { return daemon.worker_log("holds").find("ready") != std::string::npos; }));
    daemon.configure(many(4) + worker("holds",
                                      shell("trap 'until [ -e let-go ]; do sleep 0.02; done; exit 0' TERM; echo ready; "
                                            "while :; do sleep 0.02; done"),
                                      stop_after("1h")));
    Call one(daemon, "POST", "/v1/reload?wait=30s");
    Call two(daemon, "POST", "/v1/reload?wait=30s");
    CHECK(one.answer().status == 200);
    CHECK(two.answer().status == 200);
    daemon.worker_in("w3", "running");
    daemon.process().signal(SIGTERM);
    daemon.worker_in("holds", "stopping");
    const auto refused = call(daemon, "POST", "/v1/reload");
    CHECK(refused.status == 409);
    CHECK(refused.body.find("stopping") != std::string::npos);
    write_text(daemon.path("let-go"), "");
    CHECK(daemon.process().wait() == 0);
}

namespace {

/// `w1` and `w2` with another colour: restarted one after the other, and the first does not go down.
std::string two_that_hold(const std::string& colour) {
    const auto extra = stop_after("1h") + R"(, "env": {"COLOUR": ")" + colour + "\"}";
    return worker("w1", {program("ignore_term")}, extra) + worker("w2", {program("ignore_term")}, extra);
}

bool says_what(const Answer& answer, const std::string& worker, const std::string& words) {
    for (const auto& one : answer.json.at("results").as_array()) {
        const auto& result = one.as_object();
        if (result.at("worker").as_string() != worker) continue;
        return result.at("outcome").as_string() == "failed" &&
               std::string(result.at("reason").as_string()).find(words) != std::string::npos;
    }
    return false;
}

}   // namespace

TEST_CASE("reload: one that a second one replaces says so, with the number and the user of that one") {
    Daemon daemon(two_that_hold("red"));
    daemon.start();
    for (const auto* name : {"w1", "w2"})
        REQUIRE(eventually([&] { return daemon.worker_log(name).find("ready") != std::string::npos; }));
    daemon.configure(two_that_hold("blue"));
    Call first(daemon, "POST", "/v1/reload?wait=1h");
    daemon.worker_in("w1", "stopping");
    daemon.configure(two_that_hold("green"));
    CHECK(call(daemon, "POST", "/v1/reload").status == 200);
    const auto replaced = first.answer();
    INFO(boost::json::serialize(replaced.json));
    const auto what = "reload 2 by uid " + std::to_string(::geteuid()) + " (";
    CHECK(says_what(replaced, "w1", what));
    CHECK(says_what(replaced, "w2", what));
    CHECK(says_what(replaced, "w2", "replaced this one before it finished"));
    for (const auto* name : {"w1", "w2"}) kill_main(daemon.worker_in(name, "stopping"));
    await_running_all(daemon, 2);
    daemon.configure(many(1));
    CHECK(call(daemon, "POST", "/v1/reload").status == 200);
    for (const auto* name : {"w1", "w2"}) kill_main(daemon.worker_in(name, "stopping"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/skip.hpp"
#include "system/talos/api.hpp"
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <map>
#include <sys/stat.h>

// Several workers of one pattern, and another number of them while they run.
using namespace talos::test;

namespace {

/// The kernel shows the environment some moments after talosd knows of the exec.
bool gets_entry(pid_t pid, const std::string& entry) {
    return eventually([&] { return has_entry(pid, entry); });
}

using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string instances(int count, const std::string& extra = {}) {
    return "\"instances\": " + std::to_string(count) + (extra.empty() ? "" : ", " + extra);
}

const std::string around_web = worker("z", sleeper());

std::string with_web(int count, const std::string& extra = {}) {
    return worker("a", sleeper()) + worker("web", sleeper(), instances(count, extra)) + around_web;
}

std::map<std::string, pid_t> pids(const Daemon& daemon) {
    std::map<std::string, pid_t> found;
    for (const auto& view : daemon.workers()) found[view.name] = view.pid;
    return found;
}

Words names(const Daemon& daemon) {
    Words found;
    for (const auto& view : daemon.workers()) found.push_back(view.name);
    return found;
}

void await_running_all(const Daemon& daemon, std::size_t count) {
    REQUIRE(eventually([&] {
        std::size_t running = 0;
        for (const auto& view : daemon.workers()) running += view.state == "running";
        return running == count;
    }));
}

/// Done, and told as that.
Finished done(const Daemon& daemon, const Words& words) {
    const auto finished = daemon.ctl(words);
    CAPTURE(words, finished.out, finished.err);
    CHECK(finished.code == 0);
    CHECK(finished.err.empty());
    return finished;
}

void check_refused(const Daemon& daemon, const Words& words, int code, const std::string& sentence) {
    const auto finished = daemon.ctl(words);
    CAPTURE(words, finished.out, finished.err);
    CHECK(finished.code == code);
    CHECK(finished.out.empty());
    CHECK(has(finished.err, sentence));
}

}   // namespace

TEST_CASE("instances: each has its number in its command and environment, its name and its log") {
    Daemon daemon(worker("web", shell("index=shell; echo {index} $ID $TALOS_WORKER $${index}; exec sleep 120"),
                         instances(3, R"("env": {"ID": "id-{index}"}, "log": {"format": "raw"})")));
    CHECK(has(run(daemon.command({"--check"})).out, "OK, 3 workers"));
    daemon.start();
    await_running_all(daemon, 3);
    for (const std::string index : {"1", "2", "3"})
        CHECK(eventually(
            [&] { return daemon.worker_log("web-" + index) == index + " id-" + index + " web-" + index + " shell\n"; }));
    const auto shown = daemon.ctl({"config"}).out;
    CHECK(has(shown, "\"instances\": 3"));
    CHECK(has(shown, "logs/web-{index}.log"));
    CHECK_FALSE(has(shown, "web-1"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

TEST_CASE("instances: one that is killed comes back as itself, the others do not notice") {
    Daemon daemon(with_web(3));
    daemon.start();
    await_running_all(daemon, 5);
    const auto before = pids(daemon);
    kill_main(daemon.worker_in("web-2", "running"));
    const auto again = daemon.worker_after("web-2", before.at("web-2"));
    CHECK(gets_entry(again.pid, "TALOS_WORKER=web-2"));
    auto after = pids(daemon);
    after.at("web-2") = before.at("web-2");
    CHECK(after == before);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("scale: more, fewer, none and some again, and nobody else is touched") {
    Daemon daemon(with_web(2));
    daemon.start();
    await_running_all(daemon, 4);
    const auto before = pids(daemon);

    const auto up = done(daemon, {"scale", "web=4"});
    CHECK(up.out.starts_with("web: 4 instances, 2 before, until the next reload or restart of talosd\nweb-3: running, pid "));
    CHECK(has(up.out, "\nweb-4: running, pid "));
    CHECK(names(daemon) == Words{"a", "web-1", "web-2", "web-3", "web-4", "z"});
    auto now = pids(daemon);
    for (const auto& [name, pid] : before) CHECK(now.at(name) == pid);

    const auto down = done(daemon, {"scale", "web=1"});
    CHECK(down.out == "web: 1 instance, 4 before, until the next reload or restart of talosd\nweb-4: removed\nweb-3: "
                      "removed\nweb-2: removed\n");
    CHECK(names(daemon) == Words{"a", "web-1", "z"});
    for (const auto* gone : {"web-2", "web-3", "web-4"}) CHECK_FALSE(alive(now.at(gone)));
    CHECK(pids(daemon).at("web-1") == before.at("web-1"));

    CHECK(done(daemon, {"scale", "web=0"}).out ==
          "web: 0 instances, 1 before, until the next reload or restart of talosd\nweb-1: removed\n");
    CHECK(names(daemon) == Words{"a", "z"});
    CHECK(done(daemon, {"status", "web"}).out == "web: 0 instances\n");
    for (const Words& words : {Words{"wait", "web", "--timeout", "30s"}, Words{"stop", "web"}, Words{"start", "web"},
                               Words{"restart", "web"}, Words{"signal", "HUP", "web"}, Words{"logs", "web"},
                               Words{"status", "web", "--json"}, Words{"events", "--worker", "web"}})
        (void)done(daemon, words);
    CHECK(daemon.ctl({"status", "wob"}).err.find("did you mean \"web\"?") != std::string::npos);
    CHECK(done(daemon, {"scale", "web=0"}).out == "web: 0 instances, unchanged, until the next reload or restart of talosd\n");

    CHECK(has(done(daemon, {"scale", "web=2"}).out, "web-2: running"));
    CHECK(names(daemon) == Words{"a", "web-1", "web-2", "z"});   // at its old place
    now = pids(daemon);
    CHECK(now.at("a") == before.at("a"));
    CHECK(now.at("z") == before.at("z"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

TEST_CASE("scale: the history says who asked for what, and what became of it") {
    Daemon daemon(with_web(1));
    daemon.start();
    await_running_all(daemon, 3);
    (void)done(daemon, {"scale", "web=2"});
    (void)done(daemon, {"scale", "web=1"});
    std::vector<std::string> seen;
    for (const auto& event : daemon.events()) {
        const auto* cause = event.if_contains("cause");
        if (cause == nullptr || *cause != "scale") continue;
        const auto text = [&](const char* key) {
            return event.contains(key) ? std::string(event.at(key).as_string()) : std::string("-");
        };
        seen.push_back(text("worker") + " " + text("from") + " " + text("to") + " " + text("reason") +
                       (event.contains("by") ? " by " + std::string(event.at("by").as_object().at("program").as_string()) : ""));
    }
    CHECK(seen == std::vector<std::string>{"- - - web=2 by talosctl", "web-2 stopped starting - by talosctl",
                                           "- - - web=1 by talosctl", "web-2 running stopping - by talosctl",
                                           "web-2 stopped - fewer instances are wanted"});
    CHECK(has(done(daemon, {"why", "web-2"}).out, "web-2"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("scale: several at once, and all or nothing") {
    Daemon daemon(worker("web", sleeper(), instances(1)) + worker("api", sleeper(), instances(3)) + worker("db", sleeper()));
    daemon.start();
    await_running_all(daemon, 5);
    const auto both = done(daemon, {"--json", "scale", "web=2", "api=1"});
    const auto document = boost::json::parse(both.out).as_object();
    CHECK(document.at("reached").as_bool());
    CHECK(document.at("groups").as_array().size() == 2);
    CHECK(document.at("results").as_array().size() == 3);
    CHECK(names(daemon) == Words{"web-1", "web-2", "api-1", "db"});
    const auto before = pids(daemon);
    check_refused(daemon, {"scale", "web=5", "db=2"}, 1, "db cannot be scaled: its config has no \"instances\"");
    check_refused(daemon, {"scale", "web=5", "web-1=2"}, 1, "web-1 is one of the instances of web: scale that");
    check_refused(daemon, {"scale", "web=5", "aip=2"}, 5, "did you mean \"api\"?");
    check_refused(daemon, {"scale", "web=1001"}, 2, "web=1001");
    CHECK(pids(daemon) == before);
    CHECK(daemon.stop() == 0);
    check_refused(daemon, {"scale", "web=1"}, 7, "talosd is not running");
}

TEST_CASE("scale: what the config would not let be is refused with the reason") {
    Daemon daemon(worker("web", {"sleep", "120"}, instances(1, R"("log": {"file": "logs/x{index}.log"})")) +
                  worker("other", sleeper(), R"("log": {"file": "logs/x3.log"})") +
                  worker("api", sleeper(), instances(0, R"("ready": {"tcp": "127.0.0.1:6553{index}"})")));
    daemon.start();
    await_running_all(daemon, 2);
    check_refused(daemon, {"scale", "web=3"}, 1, "\"web-3\" has the same log file as \"other\"");
    check_refused(daemon, {"scale", "api=6"}, 1,
                  "what \"ready\" of api-6 names is wrong: \"127.0.0.1:65536\" is not an address or a host name, and a port");
    CHECK(daemon.workers().size() == 2);
    (void)done(daemon, {"scale", "web=2"});
    CHECK(daemon.stop() == 0);
}

TEST_CASE("scale: those that go are stopped by their plan, and may be wanted again before they are gone") {
    Daemon daemon(worker("web", {program("ignore_term")}, instances(2, stop_after("1h"))) + around_web);
    daemon.start();
    REQUIRE(eventually([&] { return has(daemon.worker_log("web-2"), "ready"); }));
    await_running_all(daemon, 3);
    const auto before = pids(daemon);
    const auto pending = daemon.ctl({"scale", "web=1", "--timeout", "100ms"});
    CHECK(pending.code == 1);
    CHECK(has(pending.err, "web-2: not completed within 100ms: stopping, SIGKILL in "));
    CHECK(names(daemon) == Words{"web-1", "z", "web-2"});   // the one that is leaving comes last
    CHECK(has(daemon.ctl({"start", "web-2"}).err, "it is no longer wanted and is being removed"));
    CHECK(done(daemon, {"scale", "web=2", "--no-wait"}).out.starts_with("web: 2 instances, 1 before, as in the config\n"));
    CHECK(names(daemon) == Words{"web-1", "web-2", "z"});
    kill_main(daemon.worker_in("web-2", "stopping"));
    CHECK(daemon.worker_after("web-2", before.at("web-2")).state == "running");
    CHECK(pids(daemon).at("web-1") == before.at("web-1"));
    CHECK(pids(daemon).at("z") == before.at("z"));
    daemon.configure(worker("web", {program("ignore_term")}, instances(2, stop_after("50ms"))) + around_web);
    (void)done(daemon, {"reload"});
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

TEST_CASE("scale: an instance is started also when nobody starts with talosd, and one that fails is told") {
    Daemon daemon(worker("web", sleeper(), instances(1, R"("autostart": false)")) +
                  worker("bad", {"/no/such/program"}, instances(0, R"("restart": "never")")));
    daemon.start();
    CHECK(daemon.worker_in("web-1", "stopped").pid == 0);
    (void)done(daemon, {"scale", "web=2"});
    CHECK(daemon.worker_in("web-1", "stopped").pid == 0);
    CHECK(daemon.worker_in("web-2", "running").pid != 0);
    const auto failed = daemon.ctl({"scale", "bad=1"});
    CHECK(failed.code == 1);
    CHECK(has(failed.err, "bad-1: "));
    CHECK(has(failed.err, "/no/such/program"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("reload: another number in the config touches only the difference, and takes back what scale made") {
    Daemon daemon(with_web(2));
    daemon.start();
    await_running_all(daemon, 4);
    const auto before = pids(daemon);
    daemon.configure(with_web(3));
    CHECK(daemon.ctl({"reload", "--dry-run"}).out == "+ web-3\nunchanged: 4 workers\n");
    (void)done(daemon, {"reload"});
    CHECK(names(daemon) == Words{"a", "web-1", "web-2", "web-3", "z"});
    auto now = pids(daemon);
    for (const auto& [name, pid] : before) CHECK(now.at(name) == pid);

    (void)done(daemon, {"scale", "web=5"});
    CHECK(daemon.ctl({"reload", "--dry-run"}).out == "- web-4\n- web-5\nunchanged: 5 workers\n");
    (void)done(daemon, {"reload"});
    CHECK(pids(daemon) == now);

    daemon.configure(with_web(0));
    (void)done(daemon, {"reload"});
    CHECK(names(daemon) == Words{"a", "z"});
    (void)done(daemon, {"scale", "web=1"});
    CHECK(names(daemon) == Words{"a", "web-1", "z"});
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

TEST_CASE("reload: a changed pattern goes over the instances one after the other, and is what scale makes new ones of") {
    Daemon daemon(with_web(3));
    daemon.start();
    await_running_all(daemon, 5);
    const auto before = pids(daemon);
    daemon.configure(with_web(2, R"("env": {"COLOUR": "blue"})"));
    CHECK(daemon.ctl({"reload", "--dry-run"}).out ==
          "~ web-1\n    env (restart): COLOUR added\n~ web-2\n    env (restart): COLOUR added\n- web-3\nunchanged: 2 workers\n");
    (void)done(daemon, {"reload"});
    (void)done(daemon, {"scale", "web=3"});
    await_running_all(daemon, 5);
    const auto after = pids(daemon);
    for (const auto* name : {"web-1", "web-2", "web-3"}) {
        CHECK(after.at(name) != before.at(name));
        CHECK(gets_entry(after.at(name), "COLOUR=blue"));
    }
    CHECK(after.at("a") == before.at("a"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("reload: that the one it waits for is no longer wanted is no reason to leave the rest as it was") {
    const auto fleet = [](const std::string& wait, const std::string& colour) {
        const auto extra = stop_after(wait) + R"(, "env": {"COLOUR": ")" + colour + "\"}";
        return worker("web", {program("ignore_term")}, instances(2, extra)) + worker("z", sleeper(), extra);
    };
    Daemon daemon(fleet("1h", "red"));
    daemon.start();
    for (const auto* name : {"web-1", "web-2"}) REQUIRE(eventually([&] { return has(daemon.worker_log(name), "ready"); }));
    await_running_all(daemon, 3);
    const auto before = pids(daemon);
    daemon.configure(fleet("1h", "blue"));
    (void)done(daemon, {"reload", "--no-wait"});
    kill_main(daemon.worker_in("web-1", "stopping"));
    CHECK(gets_entry(daemon.worker_after("web-1", before.at("web-1")).pid, "COLOUR=blue"));
    const auto waited_for = daemon.worker_in("web-2", "stopping");
    CHECK(pids(daemon).at("z") == before.at("z"));
    (void)done(daemon, {"scale", "web=1", "--no-wait"});
    CHECK(gets_entry(daemon.worker_after("z", before.at("z")).pid, "COLOUR=blue"));
    kill_main(waited_for);
    CHECK(eventually([&] { return names(daemon) == Words{"web-1", "z"}; }));
    daemon.configure(fleet("50ms", "blue"));
    (void)done(daemon, {"reload"});
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

TEST_CASE("instances: their common name means all of them for every verb, also when talosd does not run") {
    Daemon daemon(worker("web", shell("echo hello {index}; exec sleep 120"), instances(2)) + around_web);
    daemon.start();
    await_running_all(daemon, 3);
    REQUIRE(eventually([&] { return has(daemon.worker_log("web-1"), "hello") && has(daemon.worker_log("web-2"), "hello"); }));
    const auto before = pids(daemon);
    const auto table = done(daemon, {"status", "web"}).out;
    CHECK(has(table, "web-1"));
    CHECK(has(table, "web-2"));
    CHECK_FALSE(has(table, "\nz "));
    CHECK(done(daemon, {"wait", "web", "--timeout", "30s"}).out.empty());
    CHECK(done(daemon, {"signal", "CONT", "web"}).out == "web-1: SIGCONT sent\nweb-2: SIGCONT sent\n");
    CHECK(done(daemon, {"stop", "web"}).out == "web-1: stopped\nweb-2: stopped\n");
    CHECK(daemon.ctl({"status", "web"}).code == 3);
    CHECK(has(done(daemon, {"start", "web"}).out, "web-2: running"));
    CHECK(has(done(daemon, {"restart", "web"}).out, "web-1: running"));
    CHECK(pids(daemon).at("z") == before.at("z"));
    CHECK(has(daemon.ctl({"stop", "wbe"}).err, "did you mean \"web\"?"));
    CHECK(has(daemon.ctl({"why", "web"}).err, "explains one worker"));
    const auto history = done(daemon, {"events", "--worker", "web", "-n", "all"}).out;
    CHECK(has(history, "web-1"));
    CHECK(has(history, "web-2"));
    CHECK_FALSE(has(history, "  z  "));
    const auto asked = call(daemon, "GET", "/v1/events?since=0&worker=web").body;
    CHECK(has(asked, "web-2"));
    CHECK_FALSE(has(asked, "\"worker\":\"z\""));
    CHECK(call(daemon, "POST", "/v1/workers/web/stop?wait=30s").json.at("results").as_array().size() == 2);
    CHECK(daemon.stop() == 0);
    const auto lines = done(daemon, {"logs", "web"}).out;
    CHECK(has(lines, "hello 1"));
    CHECK(has(lines, "hello 2"));
    CHECK(done(daemon, {"status", "--names", "web"}).out == "web-1\nweb-2\n");
}

TEST_CASE("scale: whoever may control the instances may scale them, and nobody else") {
    if (!is_root()) TALOS_SKIP("needs root");
    Daemon daemon;
    REQUIRE(::chmod(daemon.path("").c_str(), 0711) == 0);
    const auto rules =
        R"([{"user": "65534", "may": "control", "workers": "web"}, {"user": "65534", "may": "read", "workers": "api-*"}])";
    write_text(daemon.path("talos.json"), std::string("{\"controlSocket\": \"control.sock\", \"access\": ") + rules +
                                              ", \"workers\": {" + worker("web", sleeper(), instances(1)) +
                                              worker("api", sleeper(), instances(1)) + "}}");
    std::filesystem::copy_file(daemon.ctl_command({}).argv[0], daemon.path("talosctl"));
    daemon.start();
    await_running_all(daemon, 2);
    const auto guest = [&](const Words& words) {
        auto command = daemon.ctl_command(words);
        command.argv[0] = daemon.path("talosctl");
        command.before_exec = [] { become(nobody); };
        return run(command);
    };
    const auto scaled = guest({"scale", "web=3"});
    CAPTURE(scaled.err);
    CHECK(scaled.code == 0);
    CHECK(has(scaled.out, "web-3: running"));
    const auto refused = guest({"scale", "api=2"});
    CHECK(refused.code == 4);
    CHECK(has(refused.err, "may not control api-1"));
    CHECK(guest({"status", "web"}).code == 0);
    CHECK(daemon.workers().size() == 4);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("scale: instances that it removes during a reload are told as removed by it, not as late") {
    const auto fleet = [](const std::string& colour) {
        return worker("web", {program("ignore_term")},
                      instances(3, stop_after("1h") + R"(, "env": {"COLOUR": ")" + colour + "\"}"));
    };
    Daemon daemon(fleet("red"));
    daemon.start();
    for (const auto* name : {"web-1", "web-2", "web-3"})
        REQUIRE(eventually([&] { return has(daemon.worker_log(name), "ready"); }));
    await_running_all(daemon, 3);
    daemon.configure(fleet("blue"));
    Call reload(daemon, "POST", "/v1/reload?wait=1h");
    const auto first = daemon.worker_in("web-1", "stopping");
    (void)done(daemon, {"scale", "web=1", "--no-wait"});
    for (const auto* name : {"web-2", "web-3"}) kill_main(daemon.worker_in(name, "stopping"));
    kill_main(first);
    const auto answer = reload.answer();
    INFO(answer.body);
    CHECK(has(answer.body, "scale web=1 removed it"));
    CHECK_FALSE(has(answer.body, "pending"));
    kill_main(daemon.worker_after("web-1", first.pid));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

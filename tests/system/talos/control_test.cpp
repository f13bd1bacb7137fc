#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/terminal.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <csignal>
#include <fstream>
#include <map>
#include <sstream>
#include <unistd.h>

// talosctl's verbs that act on workers, against a real talosd.
using namespace talos::test;
namespace json = boost::json;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

json::object json_of(const Finished& answer) {
    INFO(answer.out << answer.err);
    REQUIRE_FALSE(answer.out.empty());
    CHECK(answer.out.find('\n') == answer.out.size() - 1);   // one document, one line
    return json::parse(answer.out).as_object();
}

/// Ends on SIGTERM once the file `let-go` is there.
std::vector<std::string> holding() {
    return shell("trap 'until [ -e let-go ]; do sleep 0.02; done; exit 0' TERM; echo ready; while :; do sleep 0.02; done");
}

void await_ready(const Daemon& daemon, const std::string& name) {
    REQUIRE(eventually([&] { return has(daemon.worker_log(name), "ready"); }));
}

std::map<std::string, pid_t> pids(const Daemon& daemon) {
    std::map<std::string, pid_t> found;
    for (const auto& view : daemon.workers()) found[view.name] = view.pid;
    return found;
}

Finished finish(Process& process) {
    const int code = process.wait();
    return {code, process.out(), process.err()};
}

}   // namespace

TEST_CASE("talosctl stop, start and restart of one worker leave the others alone and say what came of it") {
    Daemon daemon(worker("web", sleeper()) + worker("db", sleeper()));
    daemon.start();
    const auto web = daemon.worker_in("web", "running");
    const auto db = daemon.worker_in("db", "running");

    const auto stopped = daemon.ctl({"stop", "web"});
    INFO(stopped.err);
    CHECK(stopped.code == 0);
    CHECK(stopped.out == "web: stopped\n");
    CHECK(stopped.err.empty());   // no terminal: quiet
    CHECK_FALSE(alive(web.pid));
    CHECK(daemon.ctl({"status", "web"}).code == 3);

    const auto started = daemon.ctl({"start", "web"});
    const auto again = daemon.worker_in("web", "running");
    CHECK(started.code == 0);
    CHECK(started.out == "web: running, pid " + std::to_string(again.pid) + "\n");

    const auto restarted = daemon.ctl({"restart", "web"});
    const auto third = daemon.worker_in("web", "running");
    CHECK(restarted.out == "web: running, pid " + std::to_string(third.pid) + "\n");
    CHECK(third.pid != again.pid);
    CHECK(third.restarts == 0);   // as asked, no automatic one
    CHECK(daemon.worker_in("db", "running").pid == db.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("talosctl with patterns and all, a word that means nobody is exit code 5 and nothing happens") {
    Daemon daemon(worker("web-1", sleeper()) + worker("web-2", sleeper()) + worker("db", sleeper()));
    daemon.start();
    for (const char* name : {"web-1", "web-2", "db"}) daemon.worker_in(name, "running");
    const auto before = pids(daemon);
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"stop", "web-1", "wbe-2"}, {"restart", "x*"}, {"start", ""}, {"signal", "HUP", "nobody"}, {"stop", "db", "a/b"}}) {
        const auto answer = daemon.ctl(words);
        CAPTURE(words, answer.err);
        CHECK(answer.code == 5);
        CHECK(has(answer.err, "no worker"));
        CHECK(answer.out.empty());
    }
    CHECK(pids(daemon) == before);
    CHECK(daemon.ctl({"stop", "web*"}).out == "web-1: stopped\nweb-2: stopped\n");
    CHECK(daemon.worker_in("db", "running").pid == before.at("db"));
    CHECK(daemon.ctl({"start", "all"}).code == 0);
    for (const char* name : {"web-1", "web-2", "db"}) CHECK(daemon.worker_in(name, "running").pid != 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl start of what cannot come up: exit code 1 at once, with the reason, out of time: exit code 1, it goes on") {
    Daemon daemon(worker("bad", {"/no/such/program"}, R"("autostart": false)") +
                  worker("slow", sleeper(), R"("autostart": false, "startTime": "1h")") +
                  worker("good", sleeper(), R"("autostart": false)"));
    daemon.start();
    const auto bad = daemon.ctl({"start", "bad", "good"});
    CHECK(bad.code == 1);
    CHECK(has(bad.out, "good: running, pid "));
    CHECK(has(bad.err, "bad: "));
    CHECK(has(bad.err, "/no/such/program"));
    CHECK(has(bad.err, "talosctl why bad"));
    const auto slow = daemon.ctl({"start", "slow", "--timeout", "50ms"});
    CHECK(slow.code == 1);
    CHECK(has(slow.err, "slow: not completed within 50ms: starting"));
    CHECK(daemon.worker_in("slow", "starting").goal == "up");
    const auto asked = daemon.ctl({"stop", "slow", "--no-wait"});
    CHECK(asked.code == 0);
    CHECK(has(asked.out, "slow: stop"));
    daemon.worker_in("slow", "stopped");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl stop during a start wins, and the start says so, two restarts at once are one and both are told") {
    Daemon daemon(worker("slow", sleeper(), R"("autostart": false, "startTime": "1h")") +
                  worker("w", holding(), stop_after("1h")));
    daemon.start();
    Process start(daemon.ctl_command({"start", "slow"}));
    daemon.worker_in("slow", "starting");
    CHECK(daemon.ctl({"stop", "slow"}).code == 0);
    const auto started = finish(start);
    CHECK(started.code == 1);
    CHECK(has(started.err, "slow: "));

    await_ready(daemon, "w");
    const auto before = daemon.worker_in("w", "running").pid;
    Process first(daemon.ctl_command({"restart", "w"}));
    daemon.worker_in("w", "stopping");
    Process second(daemon.ctl_command({"restart", "w"}));
    REQUIRE(
        eventually([&] { return daemon.events().back().at("cause") == "restart" && !daemon.events().back().contains("to"); }));
    write_text(daemon.path("let-go"), "");
    const auto one = finish(first);
    const auto two = finish(second);
    const auto after = daemon.worker_in("w", "running").pid;
    CHECK(after != before);
    CHECK(one.code == 0);
    CHECK(one.out == "w: running, pid " + std::to_string(after) + "\n");
    CHECK(two.out == one.out);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl interrupted during a wait: the action goes on, and it says so") {
    Daemon daemon(worker("w", holding(), stop_after("1h")));
    daemon.start();
    await_ready(daemon, "w");
    const bool as_json = GENERATE(false, true);
    const auto words = as_json ? std::vector<std::string>{"--json", "stop", "w"} : std::vector<std::string>{"stop", "w"};
    Process stop(daemon.ctl_command(words));
    daemon.worker_in("w", "stopping");
    stop.signal(SIGINT);
    const auto interrupted = finish(stop);
    CHECK(interrupted.code == 130);
    CHECK(has(interrupted.err, "interrupted by SIGINT; talosd continues the stop"));
    if (as_json) CHECK(json_of(interrupted).contains("error"));
    CHECK(daemon.worker_in("w", "stopping").goal == "down");
    write_text(daemon.path("let-go"), "");
    daemon.worker_in("w", "stopped");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl stop of talosd interrupted: talosd stops all the same, and that is said") {
    Daemon daemon(worker("w", holding(), stop_after("1h")));
    daemon.start();
    await_ready(daemon, "w");
    Process stop(daemon.ctl_command({"stop"}));
    daemon.worker_in("w", "stopping");
    // the message is there only once talosd has answered; before that the signal ends talosctl as ever
    REQUIRE(eventually([&] {
        const auto status = read_text("/proc/" + std::to_string(stop.pid()) + "/status");
        const auto caught = status.find("SigCgt:");
        return caught != std::string::npos &&
               (std::stoull(status.substr(caught + 8, 16), nullptr, 16) & (1ull << (SIGINT - 1))) != 0;
    }));
    stop.signal(SIGINT);
    const auto interrupted = finish(stop);
    CHECK(interrupted.code == 130);
    CHECK(has(interrupted.err, "interrupted; talosd continues to stop"));
    write_text(daemon.path("let-go"), "");
    CHECK(daemon.process().wait() == 0);
}

TEST_CASE("talosctl on a terminal shows what it waits for, and only the result stays") {
    Daemon daemon(worker("w", holding(), stop_after("1h")));
    daemon.start();
    await_ready(daemon, "w");
    Terminal terminal;
    auto command = daemon.ctl_command({"stop", "w"});
    command.new_session = false;
    command.terminal = terminal.name();
    Process stop(command);
    CHECK(terminal.shows("w: stopping, SIGKILL in "));
    write_text(daemon.path("let-go"), "");
    CHECK(terminal.shows("\r\x1b[Kw: stopped"));
    CHECK(stop.wait() == 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl signal reaches the worker, and says who has no process") {
    Daemon daemon(worker("w", shell("trap 'echo got-it' USR1; echo ready; while :; do sleep 0.02; done")) +
                  worker("down", sleeper(), R"("autostart": false)"));
    daemon.start();
    await_ready(daemon, "w");
    const auto sent = daemon.ctl({"signal", "usr1", "w"});
    INFO(sent.err);
    CHECK(sent.code == 0);
    CHECK(sent.out == "w: SIGUSR1 sent\n");
    CHECK(eventually([&] { return has(daemon.worker_log("w"), "got-it"); }));
    const auto part = daemon.ctl({"signal", "USR1", "all"});
    CHECK(part.code == 1);
    CHECK(has(part.out, "w: SIGUSR1 sent"));
    CHECK(has(part.err, "down: "));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl reload: the dry run shows the plan, the real one applies it, 100 unchanged workers keep their process") {
    std::string many;
    for (int i = 0; i < 100; ++i) many += worker("w" + std::to_string(i), sleeper());
    Daemon daemon(many + worker("changes", {"sleep", "119"}) + worker("goes", sleeper()));
    daemon.start();
    REQUIRE(eventually([&] {
        std::size_t running = 0;
        for (const auto& view : daemon.workers()) running += view.state == "running";
        return running == 102;
    }));
    const auto before = pids(daemon);
    daemon.configure(many + worker("changes", {"sleep", "121"}, R"("restart": {"delay": "1s"})") + worker("comes", sleeper()));
    const std::string plan = "~ changes: command (restart), restart.delay (live)\n+ comes\n- goes\nunchanged: 100 workers\n";
    const auto dry = daemon.ctl({"reload", "--dry-run"});
    INFO(dry.out << dry.err);
    CHECK(dry.code == 0);
    CHECK(dry.out == "~ changes\n    command (restart): [\"sleep\",\"119\"] → [\"sleep\",\"121\"]\n    restart.delay (live): "
                     "\"100ms\" → \"1s\"\n"
                     "+ comes\n- goes\nunchanged: 100 workers\n");
    CHECK(pids(daemon) == before);

    const auto applied = daemon.ctl({"reload"});
    INFO(applied.out << applied.err);
    CHECK(applied.code == 0);
    CHECK(applied.out.starts_with(plan));
    const auto after = pids(daemon);
    CHECK(has(applied.out, "changes: running, pid " + std::to_string(after.at("changes")) + "\n"));
    CHECK(after.at("changes") != before.at("changes"));
    CHECK(has(applied.out, "comes: running, pid " + std::to_string(after.at("comes")) + "\n"));
    CHECK(has(applied.out, "goes: removed\n"));
    CHECK_FALSE(alive(before.at("goes")));
    for (int i = 0; i < 100; ++i) CHECK(after.at("w" + std::to_string(i)) == before.at("w" + std::to_string(i)));
    CHECK(daemon.ctl({"reload"}).out == "no changes; 102 workers\n");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("talosctl reload of a broken config: the errors as --validate has them, exit code 1, nothing changes") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    const auto before = daemon.worker_in("w", "running").pid;
    daemon.configure("\"w\": {\"comand\": [\"true\"]}");
    const auto refused = daemon.ctl({"reload"});
    CHECK(refused.code == 1);
    CHECK(refused.out.empty());
    CHECK(has(refused.err, "unknown key; did you mean \"command\"?"));
    CHECK(has(refused.err, "nothing was changed"));
    const auto document = json_of(daemon.ctl({"--json", "reload", "--dry-run"}));
    CHECK(document.at("errors").as_array().size() >= 1);
    CHECK(daemon.worker_in("w", "running").pid == before);
    CHECK(daemon.ctl({"stop"}).code == 0);   // and it keeps nobody from stopping
    CHECK(daemon.process().wait() == 0);
}

TEST_CASE("verbs on workers without a talosd: exit code 7 and what to do, as JSON too") {
    Daemon daemon(worker("w", sleeper()));
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"start", "w"}, {"stop", "w"}, {"restart", "w"}, {"signal", "HUP", "w"}, {"reload"}, {"reload", "--dry-run"}}) {
        const auto answer = daemon.ctl(words);
        CAPTURE(words, answer.err);
        CHECK(answer.code == 7);
        CHECK(has(answer.err, "talosd is not running"));
        CHECK(has(answer.err, "talosctl start"));
        CHECK(answer.out.empty());
        auto as_json = words;
        as_json.insert(as_json.begin(), "--json");
        CHECK(json_of(daemon.ctl(as_json)).contains("error"));
    }
}

TEST_CASE("talosctl --json: one document from each verb that asks talosd") {
    Daemon daemon(worker("w", sleeper()) + worker("bad", {"/no/such/program"}, R"("autostart": false)"));
    daemon.start();
    daemon.worker_in("w", "running");
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"restart", "w"}, {"stop", "w"}, {"start", "w"}, {"signal", "CONT", "w"}}) {
        auto as_json = words;
        as_json.insert(as_json.begin(), "--json");
        const auto answer = daemon.ctl(as_json);
        CAPTURE(words);
        CHECK(answer.code == 0);
        const auto document = json_of(answer);
        REQUIRE(document.at("results").as_array().size() == 1);
        CHECK(document.at("results").as_array()[0].as_object().at("outcome") == "reached");
    }
    const auto failed = daemon.ctl({"--json", "start", "bad"});
    CHECK(failed.code == 1);
    CHECK(json_of(failed).at("reached") == false);
    CHECK(json_of(daemon.ctl({"--json", "stop", "nobody"})).at("code") == "unknown-worker");
    CHECK(json_of(daemon.ctl({"--json", "reload"})).at("reached") == true);
    CHECK(json_of(daemon.ctl({"--json", "reload", "--dry-run"})).at("dryRun") == true);
    CHECK(json_of(daemon.ctl({"--json", "wait", "w"})).at("reached") == "running");
    CHECK(json_of(daemon.ctl({"--json", "why", "w"})).at("worker") == "w");
    CHECK(json::parse(daemon.ctl({"--json", "status", "--names"}).out).as_array().size() == 2);
    CHECK(json_of(daemon.ctl({"--json", "stop"})).at("wasRunning") == true);
    CHECK(daemon.process().wait() == 0);
}

TEST_CASE("talosctl why: who asked, what was written last, and nothing that nobody asked") {
    Daemon daemon(worker("w", shell("echo started; exec sleep 120")) +
                  worker("dies", shell("echo about to fall; exit 3"), R"("restart": "never")"));
    daemon.start();
    daemon.worker_in("dies", "exited");
    daemon.worker_in("w", "running");
    const auto dies = daemon.ctl({"why", "dies"});
    CHECK(has(dies.out, "exit code 3"));
    CHECK(has(dies.out, "Its last line of output:\n  about to fall\n"));
    CHECK_FALSE(has(dies.out, "Last command"));   // it was started with talosd
    CHECK_FALSE(has(daemon.ctl({"why", "w"}).out, "Last command"));

    Process stop(daemon.ctl_command({"stop", "w"}));
    const auto pid = stop.pid();
    CHECK(stop.wait() == 0);
    const auto asked = "stop by talosctl (pid " + std::to_string(pid) + ", uid " + std::to_string(::getuid());
    CHECK(has(daemon.ctl({"why", "w"}).out, "Last command: " + asked));
    CHECK(has(daemon.ctl({"events", "--worker", "w"}).out, ", by talosctl (pid " + std::to_string(pid)));
    CHECK(daemon.stop() == 0);
    CHECK(has(daemon.ctl({"why", "dies"}).out, "about to fall"));   // needs no talosd
}

TEST_CASE("talosctl events: the last 50 unless asked otherwise, and it says how to see all") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    for (int i = 0; i < 12; ++i) REQUIRE(daemon.ctl({"restart", "w"}).code == 0);   // four lines each, at least
    const auto count = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
    const auto some = daemon.ctl({"events"});
    CHECK(count(some.out) == (daemon.events().size() > 50 ? 50 : static_cast<std::ptrdiff_t>(daemon.events().size())));
    if (daemon.events().size() > 50) CHECK(has(some.err, "talosctl events -n all"));
    CHECK(count(daemon.ctl({"events", "-n", "all"}).out) == static_cast<std::ptrdiff_t>(daemon.events().size()));
    CHECK(daemon.ctl({"events", "-n", "5"}).err.empty());
    CHECK(count(daemon.ctl({"events", "-n", "5"}).out) == 5);
    CHECK(count(daemon.ctl({"events", "--since", std::to_string(daemon.events().size() - 3)}).out) == 3);
    CHECK(count(daemon.ctl({"events", "--since", "1h"}).out) == static_cast<std::ptrdiff_t>(daemon.events().size()));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl events -f goes on across a rotation without a gap") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    daemon.worker_in("w", "running");
    Process follow(daemon.ctl_command({"--json", "events", "-f", "-n", "all"}));
    REQUIRE(eventually([&] { return has(follow.out(), "\"to\":\"running\""); }));
    // filled up to its limit with what is no event, and opened anew, so that the next line is put into a new file
    std::ofstream(daemon.data("events.jsonl"), std::ios::app) << std::string(10u << 20, ' ') << '\n';
    daemon.process().signal(SIGUSR1);
    REQUIRE(daemon.ctl({"restart", "w"}).code == 0);
    REQUIRE(exists(daemon.data("events.jsonl.1")));
    std::uint64_t last = 0;
    for (const auto& event : daemon.events()) last = event.at("sequence").to_number<std::uint64_t>();
    REQUIRE(eventually([&] { return has(follow.out(), "{\"sequence\":" + std::to_string(last) + ","); }));
    std::istringstream lines(follow.out());
    std::uint64_t expected = 1;
    for (std::string line; std::getline(lines, line); ++expected)
        CHECK(json::parse(line).as_object().at("sequence").to_number<std::uint64_t>() == expected);
    CHECK(expected == last + 1);
    CHECK(daemon.stop() == 0);
}

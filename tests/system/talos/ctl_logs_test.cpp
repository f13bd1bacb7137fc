#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>

using namespace talos::test;
namespace json = boost::json;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
long lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}   // namespace

TEST_CASE("talosctl logs: the last lines of one, of some, and of all in the order of time") {
    Daemon daemon(worker("a", shell("for i in 1 2 3 4 5; do echo a$i; done; touch done; exec sleep 120")) +
                  worker("b", shell("while ! test -e done; do sleep 0.01; done; echo b1; exec sleep 120")));
    daemon.start_detached();
    REQUIRE(eventually([&] { return has(daemon.worker_log("b"), "b1"); }));
    const auto last = daemon.ctl({"logs", "-n", "2", "a"});
    CHECK(last.code == 0);
    CHECK(lines(last.out) == 2);
    CHECK(has(last.out, "a4"));
    CHECK(has(last.out, "a5"));
    const auto all = daemon.ctl({"logs"});
    CHECK(lines(all.out) == 6);
    CHECK(all.out.find("a5") < all.out.find("b1"));
    CHECK(daemon.ctl({"logs", "nobody"}).code == 5);
    CHECK(daemon.ctl({"stop"}).code == 0);
    CHECK(lines(daemon.ctl({"logs"}).out) == 6);   // they stay
}

TEST_CASE("talosctl logs -f: every line once and in order, across rotation and a restart of the worker") {
    const auto count = "test -e n || echo ready; while ! test -e go; do sleep 0.01; done; n=$(cat n 2>/dev/null || echo 0);"
                       "for i in $(seq 200); do n=$((n+1)); echo line $n; done; echo $n >n; test $n -lt 1000";
    Daemon daemon(worker("w", shell(count), R"("restart": {"policy": "always", "delay": "1ms", "factor": 1, "limit": 5},
        "log": {"rotateSize": "4KiB", "keep": 50})"));
    daemon.start_detached();
    Process follow(daemon.ctl_command({"logs", "-n", "5000", "-f", "w"}));
    REQUIRE(eventually([&] { return has(follow.out(), "ready"); }));
    write_text(daemon.path("go"), "");
    daemon.worker_in("w", "fatal");
    REQUIRE(eventually([&] { return has(follow.out(), "line 1000\n"); }));
    CHECK(exists(daemon.data("logs/w.log.1")));
    std::istringstream shown(follow.out());
    int number = 0;
    for (std::string line; std::getline(shown, line);) {
        const auto at = line.find("line ");
        if (at != std::string::npos) REQUIRE(std::stoi(line.substr(at + 5)) == ++number);
    }
    CHECK(number == 1000);
    follow.signal(SIGINT);
    (void)follow.wait();
}

TEST_CASE("talosctl logs -f ends when nobody reads it any more") {
    Daemon daemon(worker("w", shell("while :; do echo tick; sleep 0.01; done")));
    daemon.start_detached();
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "tick"); }));
    const auto follow = daemon.ctl_command({"logs", "-f"});
    std::string line;
    for (const auto& word : follow.argv) line += "'" + word + "' ";
    CHECK(run(Command{.argv = {"sh", "-c", line + "| head -n 3"}}).code == 0);
}

TEST_CASE("talosctl events: the history in words and as JSON") {
    Daemon daemon(worker("w", {program("exit_with"), "3"}, R"("restart": {"delay": "1ms", "limit": 2})"));
    daemon.start_detached();
    daemon.worker_in("w", "fatal");
    const auto words = daemon.ctl({"events"});
    CHECK(words.code == 0);
    CHECK(has(words.out, "fatal"));
    CHECK(has(words.out, "exit code 3"));
    const auto answer = daemon.ctl({"--json", "events"});
    CHECK(json::parse(answer.out).as_array().size() == daemon.events().size());
    const auto last = daemon.ctl({"--json", "events", "-n", "1", "--worker", "w"});
    CHECK(json::parse(last.out).as_array().at(0).at("to").as_string() == "fatal");

    Process follow(daemon.ctl_command({"events", "-f"}));
    CHECK(daemon.ctl({"stop"}).code == 0);
    CHECK(eventually([&] { return has(follow.out(), "stopping"); }));
    CHECK(daemon.ctl({"events"}).code == 0);   // needs no running talosd
}

TEST_CASE("talosctl why explains the last exit, and does not claim what nobody knows") {
    Daemon daemon(worker("crash", {program("exit_with"), "signal", "11"}, R"("restart": "never")") +
                  worker("code", {program("exit_with"), "3"}, R"("restart": "never")") + worker("killed", sleeper()));
    daemon.start_detached();
    daemon.worker_in("crash", "exited");
    daemon.worker_in("code", "exited");
    const auto before = daemon.worker_in("killed", "running");
    kill_main(before);
    daemon.worker_after("killed", before.pid);
    CHECK(has(daemon.ctl({"why", "crash"}).out, "SIGSEGV"));
    CHECK(has(daemon.ctl({"why", "code"}).out, "exit code 3"));
    const auto killed = daemon.ctl({"why", "killed"});
    CHECK(killed.code == 0);
    CHECK(has(killed.out, "SIGKILL"));
    CHECK(has(killed.out, "unknown"));
    CHECK(daemon.ctl({"why", "nobody"}).code == 5);
}

TEST_CASE("talosctl config: the effective config without the values of env") {
    Daemon daemon(worker("w", sleeper(), R"("env": {"PASSWORD": "hunter2"})"));
    const auto shown = daemon.ctl({"config"});
    CHECK(shown.code == 0);
    CHECK(has(shown.out, "PASSWORD"));
    CHECK(has(shown.out, "\"maxDelay\": \"30s\""));
    CHECK_FALSE(has(shown.out, "hunter2"));
    CHECK(daemon.ctl({"config", "--validate"}).code == 0);
    CHECK(has(daemon.ctl({"config", "--paths"}).out, daemon.path("talos.json")));
    daemon.configure("\"w\": {\"command\": []}");
    const auto broken = daemon.ctl({"config", "--validate"});
    CHECK(broken.code == 1);
    CHECK(has(broken.err + broken.out, "talos.json:2:"));
}

TEST_CASE("nothing secret is written: env values are in no file of the data directory and in no answer") {
    Daemon daemon(worker("w", sleeper(), R"("env": {"PASSWORD": "hunter2"})"));
    daemon.start_detached();
    kill_main(daemon.worker_in("w", "running"));
    daemon.worker_when("w", [](const auto& view) { return view.restarts == 1; });
    for (const char* file : {"status.json", "events.jsonl", "daemon.log"})
        CHECK_FALSE(has(read_text(daemon.data(file)), "hunter2"));
    for (const char* verb : {"status", "events", "config"}) CHECK_FALSE(has(daemon.ctl({"--json", verb}).out, "hunter2"));
}

TEST_CASE("talosctl status --watch shows every change until it is told to end") {
    Daemon daemon(worker("w", sleeper(), R"("restart": {"delay": "1ms"})"));
    daemon.start_detached();
    Process watch(daemon.ctl_command({"--json", "status", "--watch"}));
    const auto before = daemon.worker_in("w", "running");
    REQUIRE(eventually([&] { return has(watch.out(), "\"pid\":" + std::to_string(before.pid)); }));
    kill_main(before);
    const auto after = daemon.worker_after("w", before.pid);
    CHECK(eventually([&] { return has(watch.out(), "\"pid\":" + std::to_string(after.pid)); }));
    CHECK(daemon.ctl({"stop"}).code == 0);
    CHECK(eventually([&] { return has(watch.out(), "{\"running\":false}\n"); }));
    watch.signal(SIGINT);
    CHECK(watch.wait() == 0);
}

TEST_CASE(
    "talosctl logs -f: the logs of a worker that a reload removes end with its last line, and with 5 when no other is followed") {
    const auto last_words = [](const std::string& name) {
        return shell("trap 'echo " + name + " ends; exit 0' TERM; echo " + name + " runs; while :; do sleep 0.02; done");
    };
    Daemon daemon(worker("a", sleeper()) + worker("b", last_words("b")) + worker("c", last_words("c")));
    daemon.start();
    Process one(daemon.ctl_command({"logs", "-f", "b"}));
    Process two(daemon.ctl_command({"logs", "-f", "b", "c"}));
    REQUIRE(eventually([&] { return has(one.out(), "b runs") && has(two.out(), "b runs") && has(two.out(), "c runs"); }));
    daemon.configure(worker("a", sleeper()) + worker("c", last_words("c")));
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(one.wait() == 5);
    CHECK(has(one.out(), "b ends"));
    CHECK(has(one.err(), "b was removed from the config"));
    REQUIRE(eventually([&] { return has(two.err(), "b was removed from the config"); }));
    daemon.configure(worker("a", sleeper()));
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(two.wait() == 5);
    CHECK(has(two.out(), "c ends"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("logs: -n all of a raw log is all of it, and a line of which only the end is shown is named") {
    Daemon daemon(worker("w", shell("echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo done; exec sleep 120"),
                         R"("log": {"format": "raw"})"));
    daemon.start();
    REQUIRE(eventually([&] { return daemon.worker_log("w").ends_with("\ndone\n"); }));
    const auto all = daemon.ctl({"logs", "-n", "all", "w"});
    CHECK(all.code == 0);
    CHECK(all.err == "");
    const auto joined = [](std::string text) {   // a line of more than 1 MiB comes in pieces
        std::erase(text, '\n');
        return text;
    };
    CHECK((joined(all.out) == joined(daemon.worker_log("w"))));
    const auto last = daemon.ctl({"logs", "-n", "1", "w"});
    CHECK(last.out == "done\n");
    CHECK(last.err == "");
    const auto cut = daemon.ctl({"logs", "-n", "2", "w"});
    CHECK(cut.out.size() < 3'000'000);
    CHECK(cut.err.find("w: the first line is longer than 1 MiB, so its beginning is omitted") != std::string::npos);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("logs: of a line over 1 MiB that is stored in pieces, -n 1 says that only its end is shown") {
    Daemon daemon(worker("w", shell("echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; exec sleep 120")));
    daemon.start();
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "stdout F x"); }));
    const auto last = daemon.ctl({"logs", "-n", "1", "w"});
    CHECK(last.out.size() < 3'000'000);
    CHECK(has(last.err, "w: the first line is longer than 1 MiB"));
    const auto all = daemon.ctl({"logs", "-n", "all", "w"});
    CHECK(std::count(all.out.begin(), all.out.end(), 'x') == 3'000'000);
    CHECK(all.err.empty());
    CHECK(daemon.stop() == 0);
}

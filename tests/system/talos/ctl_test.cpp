#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/terminal.hpp"
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

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

bool holds(pid_t pid, const std::string& descriptor) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", error))
        if (std::filesystem::read_symlink(entry.path(), error) == descriptor) return true;
    return false;
}

/// It has found the process that it waits for.
bool holds_pidfd(pid_t pid) { return holds(pid, "anon_inode:[pidfd]"); }

}   // namespace

TEST_CASE("talosctl start: detached, in its own session, output to daemon.log, absolute paths in its command line") {
    Daemon daemon(worker("w", sleeper()));
    auto start = daemon.ctl_command({"start"});
    start.argv = {start.argv[0], "--data-dir", "data", "--config", "talos.json", "start"};
    const auto started = run(start);
    INFO(started.out << started.err);
    REQUIRE(started.code == 0);
    daemon.take_detached();
    CHECK(started.out == "talosd started, pid " + std::to_string(daemon.pid()) + "\n");
    CHECK(proc(daemon.pid()).session == daemon.pid());
    const auto fd = [&](int number) {
        return std::filesystem::read_symlink("/proc/" + std::to_string(daemon.pid()) + "/fd/" + std::to_string(number));
    };
    CHECK(fd(0) == "/dev/null");
    CHECK(fd(1) == std::filesystem::canonical(daemon.data("daemon.log")));
    CHECK(fd(2) == fd(1));
    const auto command_line = read_text("/proc/" + std::to_string(daemon.pid()) + "/cmdline");
    for (const char* name : {"data", "talos.json"}) CHECK(has(command_line, '\0' + daemon.path(name) + '\0'));

    const auto again = daemon.ctl({"start"});
    CHECK(again.code == 0);
    CHECK(again.out == "talosd is already running, pid " + std::to_string(daemon.pid()) + "\n");
    CHECK(daemon.ctl({"stop"}).code == 0);
    CHECK(daemon.left_behind() == "");
    CHECK(std::filesystem::is_regular_file(daemon.data("daemon.log")));
}

TEST_CASE("without options both find talos.json and .talos in the working directory") {
    Daemon daemon(worker("w", sleeper()));
    auto talosd = daemon.command();
    talosd.argv.resize(1);
    auto status = daemon.ctl_command({});
    status.argv = {status.argv.front(), "status", "w"};
    daemon.launch(talosd);
    CHECK(eventually([&] { return run(status).code == 0; }));
    CHECK(exists(daemon.path(".talos/daemon.pid")));
    CHECK(run(status).code == 0);
    CHECK(daemon.stop() == 0);
    CHECK(run(status).code == 3);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("talosctl start: what keeps talosd from starting is said, exit code 1") {
    Daemon daemon(worker("w", sleeper(), "\"nonsense\": 1"));
    const auto broken = daemon.ctl({"start"});
    CHECK(broken.code == 1);
    CHECK(has(broken.err, "/workers/w/nonsense: unknown key"));
    CHECK(broken.out == "");
    std::filesystem::remove(daemon.path("talos.json"));
    CHECK(daemon.ctl({"start"}).code == 1);
    daemon.configure(worker("w", sleeper()));
    std::filesystem::create_directories(daemon.data("control.sock"));   // a directory where a socket is needed
    const auto blocked = daemon.ctl({"start"});
    INFO(blocked.err);
    CHECK(blocked.code == 1);
    CHECK(has(blocked.err, "control.sock"));
    CHECK(Household::get().adopted().empty());
}

TEST_CASE("talosctl status: table, JSON and exit codes, from before the start to after the stop") {
    Daemon daemon(worker("web", sleeper()) + worker("job", {"true"}));
    CHECK(daemon.ctl({"status"}).code == 3);
    CHECK(daemon.ctl({"--json", "status"}).out == "{\"running\":false}\n");
    CHECK_FALSE(exists(daemon.path("data")));   // a question creates nothing
    daemon.start_detached();
    const auto web = daemon.worker_in("web", "running");
    daemon.worker_in("job", "exited");

    const auto table = daemon.ctl({"status"});
    CHECK(table.code == 0);
    CHECK(table.out.starts_with("NAME"));
    CHECK(has(table.out, "\nweb "));
    CHECK(has(table.out, std::to_string(web.pid)));
    CHECK(has(table.out, "exit code 0"));
    const auto document = json_of(daemon.ctl({"--json", "status"}));
    CHECK(document.at("running").as_bool());
    CHECK(document.at("uptime").to_number<std::int64_t>() >= 0);
    CHECK(document.at("pid").to_number<pid_t>() == daemon.pid());
    CHECK(document.at("workers").as_array().size() == 2);

    CHECK(daemon.ctl({"status", "web"}).code == 0);
    CHECK(daemon.ctl({"status", "w*"}).code == 0);
    CHECK(daemon.ctl({"status", "all"}).code == 3);   // the job is not up
    CHECK(daemon.ctl({"status", "job"}).code == 3);
    CHECK(daemon.ctl({"status", "nobody"}).code == 5);
    CHECK(daemon.ctl({"status", "--nonsense"}).code == 2);
    CHECK(daemon.ctl({"statsu"}).code == 2);

    CHECK(daemon.ctl({"stop"}).code == 0);
    CHECK(daemon.ctl({"status"}).code == 3);
    CHECK(daemon.ctl({"stop"}).code == 0);   // also when nothing runs
}

TEST_CASE("talosctl without permission to look: exit code 4 and the reason, nobody is signalled") {
    if (!is_root()) TALOS_SKIP("needs root");
    Daemon daemon(worker("w", sleeper()));
    daemon.start_detached();
    for (const auto& [verb, why] : {std::pair{"status", "belongs to root (uid 0)"}, {"stop", "Permission denied"}}) {
        auto ask = daemon.ctl_command({verb});
        std::filesystem::copy_file(ask.argv[0], daemon.path("talosctl"), std::filesystem::copy_options::overwrite_existing);
        ask.argv[0] = daemon.path("talosctl");
        REQUIRE(::chmod(daemon.path("").c_str(), 0711) == 0);
        ask.before_exec = [] { become(nobody); };
        const auto answer = run(ask);
        INFO(answer.out << answer.err);
        CHECK(answer.code == 4);
        CHECK(has(answer.err, why));
    }
    CHECK(alive(daemon.pid()));
    CHECK(daemon.ctl({"stop"}).code == 0);
}

TEST_CASE("talosctl stop waits for everything to end, --timeout and --force do not wait for the plan") {
    Daemon daemon(worker("deaf", {program("ignore_term")}, stop_after("1h")));
    daemon.start_detached();
    REQUIRE(eventually([&] { return has(daemon.worker_log("deaf"), "ready"); }));
    const auto deaf = daemon.worker_in("deaf", "running");
    const auto how = GENERATE(as<std::vector<std::string>>{}, std::vector<std::string>{"stop", "--timeout", "200ms"},
                              std::vector<std::string>{"stop", "--force"});
    const auto stopped = daemon.ctl(how);
    INFO(stopped.out << stopped.err);
    CHECK(stopped.code == 0);
    CHECK(has(stopped.out, "was killed"));
    CHECK_FALSE(alive(deaf.pid));
    CHECK_FALSE(exists(daemon.data("daemon.pid")));
    CHECK_FALSE(exists(daemon.data("status.json")));
    CHECK(daemon.ctl({"status"}).code == 3);
    Household::get().remove(daemon.pid());
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("talosctl stop while another one waits: both wait, nobody's plan is cut short") {
    Daemon daemon(worker("w",
                         shell("trap 'until [ -e both-wait ]; do sleep 0.02; done; echo gently >ended; exit 0' TERM; echo ready; "
                               "while :; do sleep 0.02; done"),
                         stop_after("1h")));
    daemon.start();
    REQUIRE(eventually([&] { return daemon.worker_log("w").find("ready") != std::string::npos; }));
    Process first(daemon.ctl_command({"stop"}));
    daemon.worker_in("w", "stopping");
    Process second(daemon.ctl_command({"stop"}));
    REQUIRE(eventually([&] { return holds_pidfd(second.pid()); }));
    write_text(daemon.path("both-wait"), "");
    CHECK(first.wait() == 0);
    CHECK(second.wait() == 0);
    CHECK(daemon.process().wait() == 0);
    CHECK(read_text(daemon.path("ended")) == "gently\n");
}

TEST_CASE("daemon.pid removed under a running talosd: told as it is, nobody is signalled, a second talosd leaves no trace") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    const auto pid = daemon.worker_in("w", "running").pid;
    std::filesystem::remove(daemon.data("daemon.pid"));
    for (const char* verb : {"status", "stop"}) {
        const auto answer = daemon.ctl({verb});
        INFO(verb << ": " << answer.out << answer.err);
        CHECK(answer.code == 4);
        CHECK((answer.out + answer.err).find("removed or replaced. `kill " + std::to_string(daemon.pid())) != std::string::npos);
    }
    const auto second = run(daemon.command());
    INFO(second.err);
    CHECK(second.code == 1);
    CHECK(second.err.find("which runs without the lock on") != std::string::npos);
    CHECK(second.err.find("busy") == std::string::npos);
    CHECK_FALSE(exists(daemon.data("daemon.pid")));
    CHECK(alive(pid));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.ctl({"status"}).code == 3);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("talosctl stop ends a talosd that was stopped by SIGSTOP") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    daemon.process().signal(SIGSTOP);
    REQUIRE(eventually([&] { return proc(daemon.pid()).state == 'T'; }));
    const auto stopped = daemon.ctl({"stop"});
    CHECK(stopped.code == 0);
    CHECK(daemon.process().wait() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("talosctl restart: a new talosd with the changed config, a broken one changes nothing") {
    Daemon daemon(worker("old", sleeper()));
    daemon.start_detached();
    const auto first = daemon.pid();
    daemon.configure("nonsense");
    CHECK(daemon.ctl({"restart"}).code == 1);
    CHECK(alive(first));
    daemon.configure(worker("new", sleeper()));
    const auto restarted = daemon.ctl({"restart"});
    INFO(restarted.out << restarted.err);
    CHECK(restarted.code == 0);
    daemon.take_detached();
    CHECK(daemon.pid() != first);
    daemon.worker_in("new", "running");
    CHECK(daemon.workers().size() == 1);
    CHECK(daemon.ctl({"stop"}).code == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("talosctl wait: reached, never, no such worker, out of time") {
    Daemon daemon(worker("web", sleeper()) + worker("bad", {"/no/such/program"}, R"("restart": {"limit": 1})") +
                  worker("job", {"true"}));
    CHECK(daemon.ctl({"wait", "web"}).code == 3);
    daemon.start_detached();
    CHECK(daemon.ctl({"wait", "web"}).code == 0);
    CHECK(daemon.ctl({"wait", "bad", "--for", "fatal"}).code == 0);
    CHECK(daemon.ctl({"wait", "job", "--for", "exited"}).code == 0);
    const auto never = daemon.ctl({"wait", "bad"});
    CHECK(never.code == 1);
    CHECK(has(never.err, "bad"));
    CHECK(daemon.ctl({"wait", "nobody"}).code == 5);
    CHECK(daemon.ctl({"wait", "web", "--for", "fatal", "--timeout", "20ms"}).code == 99);

    Process waiting(daemon.ctl_command({"wait", "web", "--for", "stopped"}));
    CHECK(daemon.ctl({"stop"}).code == 0);
    const int code = waiting.wait();
    CHECK((code == 0 || code == 3));   // it may see the stop, or only that nothing runs any more
}

TEST_CASE("talosctl wait: it gives up when a dependency is fatal, as start does, and says which") {
    const auto needs = [](const std::string& other) { return R"("dependsOn": {")" + other + R"(": "ready"})"; };
    Daemon daemon(worker("db", {"/no/such/program"}, R"("restart": {"limit": 1})") + worker("api", sleeper(), needs("db")) +
                  worker("web", sleeper(), needs("api")));
    daemon.start();
    const auto waited = daemon.ctl({"wait", "web"});
    CHECK(waited.code == 1);
    CHECK(has(waited.err, "web waits for a worker that will not come up: db is fatal: 1 failure within 1m"));
    CHECK(daemon.ctl({"start", "web"}).code == 1);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl wait: a worker that a reload removes ends it with 5") {
    Daemon daemon(worker("a", sleeper()) + worker("b", sleeper()));
    daemon.start();
    daemon.worker_in("b", "running");
    Process waiting(daemon.ctl_command({"wait", "b", "--for", "fatal"}));
    REQUIRE(eventually([&] { return holds(waiting.pid(), "anon_inode:inotify"); }));
    daemon.configure(worker("a", sleeper()));
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(waiting.wait() == 5);
    CHECK(has(waiting.err(), "\"b\"") != has(waiting.err(), "b was removed from the config"));   // or it came too late to know b
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl wait: all for healthy means those that have health") {
    Daemon daemon(worker("plain", sleeper()) + worker("well", sleeper(), R"("health": {"exec": ["true"], "interval": "20ms"})"));
    daemon.start();
    CHECK(daemon.ctl({"wait", "all", "--for", "healthy", "--timeout", "1m"}).code == 0);
    CHECK(daemon.ctl({"wait", "plain", "--for", "healthy"}).code == 1);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl stop and restart say on a terminal, in one line, what they stop") {
    Daemon daemon(worker("web", sleeper()) + worker("db", sleeper()));
    daemon.start_detached();
    const auto before = std::to_string(daemon.pid());
    Terminal terminal;
    const auto on_terminal = [&](const std::vector<std::string>& words) {
        auto command = daemon.ctl_command(words);
        command.terminal = terminal.name();
        return command;
    };
    Process restart(on_terminal({"restart"}));
    CHECK(terminal.shows("talosctl: restarting talosd (pid " + before + ") and its 2 workers: web, db\r\n"));
    CHECK(restart.wait() == 0);
    daemon.take_detached();
    const auto after = std::to_string(daemon.pid());
    Process down(on_terminal({"down"}));
    CHECK(terminal.shows("talosctl: stopping talosd (pid " + after + ") and its 2 workers: web, db\r\n"));
    CHECK(down.wait() == 0);
    CHECK_FALSE(daemon.status());
}

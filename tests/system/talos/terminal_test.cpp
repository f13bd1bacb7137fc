#include "support/catch.hpp"
#include "support/screen.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/terminal.hpp"
#include <csignal>
#include <fcntl.h>
#include <sstream>
#include <unistd.h>

using namespace talos::test;

namespace {

Command on(const Terminal& terminal, Command how) {
    how.terminal = terminal.name();
    return how;
}

/// What stands on the screen under talosd's first line.
std::string seen(Terminal& terminal) {
    Screen screen(terminal.columns);
    screen.write(terminal.screen());
    const auto text = screen.text();
    return text.substr(std::min(text.size(), text.find('\n') + 1));
}

bool ends_with(Terminal& terminal, std::string_view rows) {
    return eventually([&] { return seen(terminal).ends_with(rows); });
}

std::string until(const std::string& file) { return "until [ -e " + file + " ]; do sleep 0.01; done; "; }

}   // namespace

TEST_CASE("on a terminal: who it is, transitions, and the workers' output with their names before it") {
    Daemon daemon(worker("web", shell("echo hello; echo oops >&2; exec sleep 120")) + worker("longer-name", sleeper()));
    Terminal terminal;
    daemon.start(on(terminal, daemon.command({"--color", "never"})));
    CHECK(terminal.shows("talosd 0.1.0, pid " + std::to_string(daemon.pid()) + ", 2 workers from " + daemon.path("talos.json")));
    CHECK(terminal.shows("web         > running (pid " + std::to_string(daemon.worker_in("web", "running").pid) + ")"));
    CHECK(terminal.shows("web         | hello\r\n"));
    CHECK(terminal.shows("web         | oops\r\n"));
    CHECK(terminal.shows("longer-name > running"));
    CHECK(terminal.screen().find('\x1b') == std::string::npos);
    terminal.type(ctrl_c);
    CHECK(daemon.process().wait() == 0);
    CHECK(terminal.shows("stopping (SIGINT)"));
    CHECK(terminal.shows("stopped\r\n"));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("on a terminal: a worker that waits for a dependency says what it waits for") {
    Daemon daemon;
    daemon.configure(worker("db", shell(until("go") + "echo up; exec sleep 120"), R"("ready": {"log": "up"})") +
                     worker("app", sleeper(), R"("dependsOn": {"db": "ready"})"));
    Terminal terminal;
    daemon.start(on(terminal, daemon.command({"--color", "never"})));
    CHECK(terminal.shows("app > waiting for db to be ready\r\n"));
    write_text(daemon.path("go"), "");
    CHECK(terminal.shows("app > running"));
    CHECK(daemon.log().find("app: waiting for db to be ready") != std::string::npos);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("lines of several workers are never mixed, however they are written") {
    std::string workers;
    for (const char* name : {"a", "b", "c"}) {
        const std::string word = name;
        workers += worker(name, shell("i=0; while [ $i -lt 200 ]; do i=$((i+1)); printf " + word + "; printf " + word + word +
                                      "; echo " + word + "; done; echo end; exec sleep 120"));
    }
    Daemon daemon(workers);
    Terminal terminal;
    daemon.start(on(terminal, daemon.command({"--color", "never"})));
    for (const std::string name : {"a", "b", "c"}) REQUIRE(terminal.shows(name + " | end\r\n"));
    std::istringstream shown(terminal.screen());
    int lines = 0;
    for (std::string line; std::getline(shown, line);) {
        if (line.find(" | ") == std::string::npos || line.find("end") != std::string::npos) continue;
        const std::string name = line.substr(0, 1);
        REQUIRE(line == name + " | " + name + name + name + name + "\r");
        ++lines;
    }
    CHECK(lines == 600);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("on a terminal a prompt is shown under the lines of others, and finished in its place") {
    const auto asks = "printf 'Name? '; " + until("answered") +
                      "printf 'Talos\\n\\033[31mred\\nstill red\\033[0m\\n\\033[2J\\033]0;title\\007cleared\\n10 %%\\r99 "
                      "%%\\rdone\\n漢字|\\n'; exec sleep 120";
    Daemon daemon(worker("ask", shell(asks)) + worker("talk", shell(until("asked") + "echo one; echo two; exec sleep 120")));
    Terminal terminal;
    auto how = on(terminal, daemon.command({"--color", "always"}));
    how.env = {{"TERM", "xterm"}};
    daemon.start(how);
    daemon.worker_in("ask", "running");
    daemon.worker_in("talk", "running");
    REQUIRE(ends_with(terminal, "\nask  | Name? "));
    write_text(daemon.path("asked"), "");
    REQUIRE(ends_with(terminal, "\ntalk | one\ntalk | two\nask  | Name? "));
    write_text(daemon.path("answered"), "");
    REQUIRE(ends_with(terminal, "\ntalk | one\ntalk | two\nask  | Name? Talos\nask  | red\nask  | still red\nask  | cleared\nask "
                                " | done\nask  | 漢字|\n"));
    CHECK(terminal.screen().find("\x1b[31mred\x1b[0m\r\n") != std::string::npos);
    CHECK(terminal.screen().find("\x1b[31mstill red\x1b[0m\x1b[0m\r\n") != std::string::npos);
    CHECK(daemon.worker_log("ask").find("Name? Talos\n") != std::string::npos);   // the log has it in one piece
    CHECK(daemon.stop() == 0);
    CHECK(seen(terminal).ends_with("\nstopped\n"));
}

TEST_CASE("a prompt that is never answered is a line of its own once its worker has ended") {
    Daemon daemon(worker("ask", shell("printf 'Name? '; " + until("enough") + "exit 3"), R"("restart": "never")"));
    Terminal terminal;
    auto how = on(terminal, daemon.command({"--color", "never"}));
    how.env = {{"TERM", "xterm"}};
    daemon.start(how);
    REQUIRE(ends_with(terminal, "\nask | Name? "));
    write_text(daemon.path("enough"), "");
    REQUIRE(terminal.shows("exit code 3"));
    CHECK(seen(terminal).find("\nask | Name? \nask > ") != std::string::npos);
}

TEST_CASE("a terminal that cannot take back what was shown gets whole lines only") {
    Daemon daemon(worker("ask", shell("printf 'Name? '; " + until("answered") + "echo Talos; exec sleep 120")) +
                  worker("talk", shell(until("asked") + "echo one; exec sleep 120")));
    Terminal terminal;
    auto how = on(terminal, daemon.command());
    how.env = {{"TERM", "dumb"}};
    daemon.start(how);
    daemon.worker_in("ask", "running");
    write_text(daemon.path("asked"), "");
    REQUIRE(terminal.shows("talk | one\r\n"));
    write_text(daemon.path("answered"), "");
    REQUIRE(terminal.shows("ask  | Name? Talos\r\n"));
    CHECK(terminal.screen().find('\x1b') == std::string::npos);
}

TEST_CASE("on a terminal there are colours, unless NO_COLOR says otherwise") {
    Daemon daemon(worker("w", sleeper()));
    Terminal terminal;
    auto how = on(terminal, daemon.command());
    const bool wanted = GENERATE(true, false);
    how.env = {{"TERM", "xterm"}, {"NO_COLOR", wanted ? "" : "1"}};
    daemon.start(how);
    CHECK(terminal.shows("running"));
    CHECK((terminal.screen().find("\x1b[") != std::string::npos) == wanted);
}

TEST_CASE("Ctrl-C says whom it waits for and when SIGKILL comes, a second one does not wait") {
    Daemon daemon(worker("deaf", {program("ignore_term")}, stop_after("1h")) + worker("polite", sleeper()));
    Terminal terminal;
    daemon.start(on(terminal, daemon.command()));
    REQUIRE(terminal.shows("ready"));
    terminal.type(ctrl_c);
    REQUIRE(terminal.shows("waiting for deaf, SIGKILL in "));
    CHECK(terminal.screen().find("waiting for deaf, polite") == std::string::npos);
    CHECK_FALSE(daemon.process().ended().has_value());
    terminal.type(ctrl_c);
    CHECK(daemon.process().wait() == 0);
    CHECK(terminal.shows("SIGINT again: sending SIGKILL"));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("closing the terminal is a graceful stop") {
    Daemon daemon(worker("w", shell("trap 'echo gently >>ended; exit 0' TERM; echo ready; while :; do sleep 0.02; done")));
    Terminal terminal;
    daemon.start(on(terminal, daemon.command()));
    REQUIRE(terminal.shows("ready"));
    terminal.close();
    CHECK(daemon.process().wait() == 0);
    CHECK(read_text(daemon.path("ended")) == "gently\n");
    CHECK_FALSE(exists(daemon.data("status.json")));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a closed terminal may be reported twice, by the shell and by the kernel: the stop stays a graceful one") {
    Daemon daemon(worker("w", shell("trap 'until [ -e told-twice ]; do :; done; echo gently >ended; exit 0' TERM; echo ready; "
                                    "while :; do sleep 0.02; done")));
    Terminal terminal;
    daemon.start(on(terminal, daemon.command()));
    REQUIRE(terminal.shows("ready"));
    daemon.process().signal(SIGHUP);
    REQUIRE(terminal.shows("stopping (its terminal was closed)"));
    daemon.process().signal(SIGHUP);
    write_text(daemon.path("told-twice"), "");
    CHECK(daemon.process().wait() == 0);
    CHECK(read_text(daemon.path("ended")) == "gently\n");
}

TEST_CASE("under nohup a closed terminal ends nothing") {
    Daemon daemon(worker("w", shell("echo ready; exec sleep 120")));
    Terminal terminal;
    auto how = on(terminal, daemon.command());
    how.before_exec = [] { ::signal(SIGHUP, SIG_IGN); };
    daemon.start(how);
    REQUIRE(terminal.shows("ready"));
    daemon.process().signal(SIGHUP);
    REQUIRE(eventually([&] { return daemon.log().find("reload of ") != std::string::npos; }));
    CHECK(daemon.status()->at("state").as_string() == "running");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a terminal that takes nothing loses lines, never supervision") {
    const std::string line(79, 'x');
    const auto flood = "yes " + line + " | head -n 100000; echo end of the flood";
    Daemon daemon(worker("flood", shell(flood), R"("restart": "never", "log": {"rotateSize": "64MiB", "format": "raw"})") +
                  worker("w", sleeper(), R"("restart": {"delay": "0s"})"));
    Terminal terminal;
    const bool stopped = GENERATE(true, false);   // by ^S, or because nobody reads
    auto how = on(terminal, daemon.command({"--color", "never"}));
    if (stopped) terminal.type(ctrl_s);
    daemon.start(how);
    CHECK(daemon.worker_in("flood", "exited").exit_code == 0);
    const auto before = daemon.worker_in("w", "running");
    kill_main(before);
    daemon.worker_after("w", before.pid);
    CHECK(daemon.worker_log("flood").size() == 8'000'000 + std::string("end of the flood\n").size());

    if (!stopped) {   // somebody looks again: there is a mark where lines are missing
        CHECK(terminal.shows("lines were not shown"));
        terminal.forget();
        kill_main(daemon.worker_in("w", "running"));
        CHECK(terminal.shows("SIGKILL"));
    }
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("output that nobody reads any more ends the view only") {
    Daemon daemon(worker("w", shell("while :; do echo tick; sleep 0.01; done"), R"("log": {"format": "raw"})"));
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    auto how = daemon.command({"--log-level", "trace"});
    how.before_exec = [write_end = ends[1]] { ::dup2(write_end, 1); };
    daemon.launch(how);
    ::close(ends[1]);
    ::close(ends[0]);
    daemon.await_running();
    const auto before = daemon.worker_in("w", "running");
    kill_main(before);   // something to show
    const auto after = daemon.worker_after("w", before.pid);
    const auto size = daemon.worker_log("w").size();
    CHECK(eventually([&] { return daemon.worker_log("w").size() > size; }));
    CHECK(alive(after.pid));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosd -- COMMAND on a terminal: its lines are shown, Ctrl-C ends it with exit code 0") {
    Daemon daemon;
    Terminal terminal;
    daemon.start(on(terminal, daemon.command({"--", "sh", "-c", "echo from the program; exec sleep 120"})));
    CHECK(terminal.shows("from the program"));
    terminal.type(ctrl_c);
    CHECK(daemon.process().wait() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("talosctl wait shows on a terminal for what it waits, and nothing of it stays") {
    Daemon daemon(worker("slow", sleeper(), R"("ready": {"exec": ["test", "-e", "go"], "interval": "10ms", "timeout": "1h"})"));
    daemon.start();
    Terminal terminal;
    auto command = daemon.ctl_command({"wait", "slow"});
    command.terminal = terminal.name();
    Process wait(command);
    CHECK(terminal.shows("slow: starting"));
    write_text(daemon.path("go"), "");
    CHECK(wait.wait() == 0);
    CHECK(terminal.screen().ends_with("\r\x1b[K"));
    CHECK(daemon.stop() == 0);
}

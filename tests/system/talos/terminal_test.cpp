#include "support/catch.hpp"
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

}  // namespace

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

TEST_CASE("lines of several workers are never mixed, however they are written") {
    std::string workers;
    for (const char* name : {"a", "b", "c"}) {
        const std::string word = name;
        workers += worker(name, shell("i=0; while [ $i -lt 200 ]; do i=$((i+1)); printf " + word + "; printf " + word + word + "; echo " + word +
                                      "; done; echo end; exec sleep 120"));
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
    CHECK(terminal.shows("SIGINT again: SIGKILL"));
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

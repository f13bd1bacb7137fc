#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/tracer.hpp"
#include <csignal>
#include <unistd.h>

using namespace talos::test;

/// A talosd that got SIGKILL holds its lock until it has ended.
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string word_of_its_end(const Daemon& daemon) { return "talosd (pid " + std::to_string(daemon.pid()) + ")"; }

}   // namespace

TEST_CASE("killed: `talosctl start` does not take a talosd that only has its end before it for a running one") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start_detached();
    const pid_t first = daemon.pid();
    const auto before = daemon.worker_in("w", "running");
    Tracer tracer(first, Tracer::Holds::before_end);
    if (!tracer.holds()) return;
    REQUIRE(::kill(first, SIGKILL) == 0);
    Process start(daemon.ctl_command({"start"}));
    REQUIRE(eventually([&] { return has(start.err(), word_of_its_end(daemon)) || start.ended(); }));
    CHECK_FALSE(start.ended());
    tracer.let_go();
    CHECK(start.wait() == 0);
    INFO(start.out() << start.err() << daemon.log());
    CHECK(has(start.out(), "talosd started"));
    daemon.take_detached();
    CHECK(daemon.pid() != first);
    daemon.worker_after("w", before.pid);
    CHECK(has(daemon.ctl({"start"}).out, "already running"));   // that one lives
    CHECK(daemon.ctl({"stop"}).code == 0);
}

TEST_CASE("killed: talosd waits for the end of one that was killed, and takes its place") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start_detached();
    const pid_t first = daemon.pid();
    Tracer tracer(first, Tracer::Holds::before_end);
    if (!tracer.holds()) return;
    REQUIRE(::kill(first, SIGKILL) == 0);
    auto how = daemon.command({"--ready-fd", "3"});   // its report, as `talosctl start` reads it
    how.before_exec = [] { ::dup2(1, 3); };
    Process second(how);
    REQUIRE(eventually([&] { return has(second.out(), word_of_its_end(daemon)) || second.ended(); }));
    CHECK_FALSE(second.ended());
    tracer.let_go();
    CHECK(eventually([&] { return has(second.out(), "\"ready\"") || second.ended(); }));
    INFO(second.out() << second.err());
    CHECK_FALSE(second.ended());
    second.signal(SIGTERM);
    CHECK(second.wait() == 0);
}

TEST_CASE("killed: the control socket of a process that only has its end before it is replaced") {
    Daemon daemon;
    const auto path = daemon.path("sock");
    daemon.configure(worker("w", sleeper()), "\"controlSocket\": \"" + path + "\", ");
    Process listener({{installed("python3"), "-c",
                       "import socket, sys, time\ns = socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\ns.listen()\n"
                       "print('listens', flush=True)\ntime.sleep(120)",
                       path}});
    REQUIRE(eventually([&] { return has(listener.out(), "listens"); }));
    Tracer tracer(listener.pid(), Tracer::Holds::before_end);
    if (!tracer.holds()) return;
    listener.signal(SIGKILL);
    daemon.start();
    CHECK(daemon.ctl({"status"}).code == 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("killed: `talosctl stop` waits for the end of a killed talosd, and ends what it left") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start_detached();
    const auto left = daemon.worker_in("w", "running");
    Tracer tracer(daemon.pid(), Tracer::Holds::before_end);
    if (!tracer.holds()) return;
    REQUIRE(::kill(daemon.pid(), SIGKILL) == 0);
    Process stop(daemon.ctl_command({"stop"}));
    tracer.let_go();
    CHECK(stop.wait() == 0);
    INFO(stop.out() << stop.err());
    CHECK_FALSE(alive(left.pid));
    CHECK_FALSE(daemon.status());
}

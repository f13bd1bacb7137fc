#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/tracer.hpp"
#include <csignal>

using namespace talos::test;

/// Processes that SIGKILL does not end in time.

TEST_CASE("stuck: a main process that a tracer holds does not keep talosd from its end, which says so, and is ended by the next "
          "start") {
    Daemon daemon(worker("held", sleeper(), stop_after("100ms")) + worker("free", sleeper(), stop_after("100ms")));
    daemon.start();
    const auto held = daemon.worker_in("held", "running");
    const auto free = daemon.worker_in("free", "running");
    Tracer tracer(held.pid);
    if (!tracer.holds()) TALOS_SKIP("a process cannot be traced here");
    CHECK(daemon.stop() == 1);   // without the bound: not before the tracer ends
    CHECK(daemon.log().find("stopping without held (pid " + std::to_string(held.pid) + "): SIGKILL did not end it") !=
          std::string::npos);
    CHECK(::kill(free.pid, 0) != 0);

    tracer.let_go();
    daemon.start();
    CHECK(daemon.worker_in("held", "running").pid != held.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

TEST_CASE("stuck: a worker that a tracer holds is restarted once the tracer lets go, and no other worker waits for it") {
    Daemon daemon(worker("held", sleeper(), stop_after("100ms")) + worker("free", sleeper()));
    daemon.start();
    const auto held = daemon.worker_in("held", "running");
    Tracer tracer(held.pid);
    if (!tracer.holds()) TALOS_SKIP("a process cannot be traced here");
    CHECK(daemon.ctl({"restart", "--no-wait", "held"}).code == 0);
    CHECK(eventually([&] { return daemon.log().find("SIGKILL to pid " + std::to_string(held.pid)) != std::string::npos; }));
    CHECK(daemon.ctl({"restart", "free"}).code == 0);
    CHECK(daemon.worker_in("held", "stopping").pid == held.pid);
    tracer.let_go();
    (void)daemon.worker_after("held", held.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

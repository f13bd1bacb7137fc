#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/wait.hpp"
#include <csignal>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace talos::test;

/// Processes that SIGKILL does not end in time.
namespace {

/// Traces a process from a process of its own; what ends meanwhile stays a zombie of its tracer, which its parent cannot reap.
class Tracer {
public:
    explicit Tracer(pid_t traced) : pid_(::fork()) {
        if (pid_ == 0) {
            const bool traces = ::ptrace(PTRACE_SEIZE, traced, 0, 0) == 0 && ::ptrace(PTRACE_INTERRUPT, traced, 0, 0) == 0 &&
                                ::waitpid(traced, nullptr, __WALL) == traced;
            ::raise(traces ? SIGSTOP : SIGKILL);
            ::_exit(0);
        }
        int status = 0;
        holds_ = ::waitpid(pid_, &status, WUNTRACED) == pid_ && WIFSTOPPED(status);
        if (!holds_) WARN("a process cannot be traced here; the test proves nothing");
    }
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;
    ~Tracer() { let_go(); }
    [[nodiscard]] bool holds() const { return holds_; }
    void let_go() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

private:
    pid_t pid_;
    bool holds_ = false;
};

}  // namespace

TEST_CASE("stuck: a main process that a tracer holds does not keep talosd from its end, which says so, and is ended by the next start") {
    Daemon daemon(worker("held", sleeper(), stop_after("100ms")) + worker("free", sleeper(), stop_after("100ms")));
    daemon.start();
    const auto held = daemon.worker_in("held", "running");
    const auto free = daemon.worker_in("free", "running");
    Tracer tracer(held.pid);
    if (!tracer.holds()) return;
    CHECK(daemon.stop() == 1);   // without the bound: not before the tracer ends
    CHECK(daemon.log().find("stopping without held (pid " + std::to_string(held.pid) + "): SIGKILL did not end it") != std::string::npos);
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
    if (!tracer.holds()) return;
    CHECK(daemon.ctl({"restart", "--no-wait", "held"}).code == 0);
    CHECK(eventually([&] { return daemon.log().find("SIGKILL to pid " + std::to_string(held.pid)) != std::string::npos; }));
    CHECK(daemon.ctl({"restart", "free"}).code == 0);
    CHECK(daemon.worker_in("held", "stopping").pid == held.pid);
    tracer.let_go();
    (void)daemon.worker_after("held", held.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

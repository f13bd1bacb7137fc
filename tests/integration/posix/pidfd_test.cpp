#include "posix/processes/pidfd.hpp"
#include "support.hpp"
#include <array>
#include <sys/time.h>

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

Child waiting_child(const char* name = "ignore_term") {
    auto pipe = make_pipe().value();
    SpawnRequest request;
    request.argv = {program(name)};
    request.stdout_fd = pipe.write.get();
    Child child = start(request);
    REQUIRE(read_line(pipe.read) == "ready");
    return child;
}

Child ending_child(std::vector<std::string> arguments) {
    SpawnRequest request;
    request.argv = std::move(arguments);
    request.argv.insert(request.argv.begin(), program("exit_with"));
    return start(request);
}

}   // namespace

TEST_CASE("reap: nothing while it runs, then code, signal and usage, and only once") {
    {
        const auto child = ending_child({"7"});
        const auto status = wait_for(child.pidfd());
        CHECK(status.code == 7);
        CHECK(status.signal == 0);
        CHECK(status.usage.max_rss_kib > 0);
        CHECK(reap(child.pidfd()).error().errno_value() == ECHILD);
    }
    {
        const auto child = ending_child({"signal", std::to_string(SIGSEGV)});
        const auto status = wait_for(child.pidfd());
        CHECK(status.signal == SIGSEGV);
        CHECK_FALSE(status.core_dumped);
    }
    const auto child = waiting_child();
    CHECK_FALSE(reap(child.pidfd()).value().has_value());
    CHECK_FALSE(has_ended(child.pidfd()));
    CHECK(send_signal(child.pidfd(), SIGTERM).has_value());   // it ignores that
    CHECK(send_signal(child.pidfd(), SIGKILL).has_value());
    CHECK(wait_for(child.pidfd()).signal == SIGKILL);
    CHECK(send_signal(child.pidfd(), SIGKILL).error().errno_value() == ESRCH);
}

TEST_CASE("reap by PID: what a shell's child left, and nobody else's child") {
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) ::_exit(3);
    std::optional<ExitStatus> status;
    REQUIRE(eventually([&] { return (status = reap(pid).value()).has_value(); }));
    CHECK(status->code == 3);
    CHECK(reap(pid).error().errno_value() == ECHILD);
    CHECK(reap(::getpid()).error().errno_value() == ECHILD);
}

TEST_CASE("peek: no children, children that run, then an ended one that stays until it is reaped") {
    CHECK(peek_ended_child().what == Peek::What::no_children);
    const auto running = waiting_child();
    CHECK(peek_ended_child().what == Peek::What::none);
    const auto ended = ending_child({"0"});
    REQUIRE(eventually([] { return peek_ended_child().what == Peek::What::ended; }));
    CHECK(peek_ended_child().pid == ended.pid());
    CHECK(wait_for(ended.pidfd()).clean());
    CHECK(peek_ended_child().what == Peek::What::none);
}

TEST_CASE("peek: a child that was stopped or continued is seen until its notice is taken, which an end replaces") {
    CHECK(peek_child().what == Peek::What::no_children);
    CHECK(peek_child(::getpid()).what == Peek::What::no_children);
    const auto child = waiting_child();
    CHECK(peek_child().what == Peek::What::none);
    CHECK_FALSE(take_stop_change(child.pid()));
    const auto seen_after = [&](int signal) {
        CHECK(send_signal(child.pidfd(), signal).has_value());
        return eventually([] { return peek_child().what == Peek::What::changed; });
    };
    REQUIRE(seen_after(SIGSTOP));
    CHECK(peek_child(child.pid()).what == Peek::What::changed);
    CHECK(peek_child(child.pid()).pid == child.pid());
    CHECK(peek_ended_child().what == Peek::What::none);
    const auto stopped = take_stop_change(child.pid());
    REQUIRE(stopped);
    CHECK(stopped->stopped);
    CHECK(stopped->signal == SIGSTOP);
    CHECK(peek_child().what == Peek::What::none);
    REQUIRE(seen_after(SIGCONT));
    const auto continued = take_stop_change(child.pid());
    REQUIRE(continued);
    CHECK_FALSE(continued->stopped);
    REQUIRE(seen_after(SIGSTOP));
    CHECK(send_signal(child.pidfd(), SIGKILL).has_value());
    REQUIRE(eventually([] { return peek_child().what == Peek::What::ended; }));
    CHECK_FALSE(take_stop_change(child.pid()));
    CHECK(wait_for(child.pidfd()).signal == SIGKILL);
}

TEST_CASE("a process group is signalled as a whole") {
    auto pipe = make_pipe().value();
    SpawnRequest request;
    request.argv = {program("fork_bomb"), "20"};
    request.stdout_fd = pipe.write.get();
    const auto child = start(request);
    pipe.write.reset();
    REQUIRE(read_line(pipe.read) == "ready");
    CHECK(signal_group(child.pid(), SIGKILL).has_value());
    CHECK(wait_for(child.pidfd()).signal == SIGKILL);
    CHECK(read_to_end(pipe.read).empty());   // the last holder of the pipe is gone
}

TEST_CASE("wait_ended: true when all have ended, false at the deadline or when interrupted") {
    const auto lasting = waiting_child();
    const auto ending = ending_child({"0"});
    const std::array both{&lasting.pidfd(), &ending.pidfd()};
    const std::array one{&ending.pidfd()};
    const auto now = [] { return std::chrono::steady_clock::now(); };
    CHECK(wait_ended({}, now()));
    CHECK(wait_ended(one, now() + 20s));
    CHECK(wait_ended(one, now()));   // a deadline that has passed does not hide what has ended
    CHECK_FALSE(wait_ended(both, now()));
    CHECK_FALSE(wait_ended(both, now() + 5ms));

    struct sigaction handler {
    }, before{};
    handler.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &handler, &before);
    const itimerval soon{{0, 20'000}, {0, 20'000}};   // repeated: one before the wait would interrupt nothing
    ::setitimer(ITIMER_REAL, &soon, nullptr);
    CHECK_FALSE(wait_ended(both, now() + 20s, [] { return true; }));
    int interruptions = 0;
    CHECK_FALSE(wait_ended(both, now() + 20s, [&] { return ++interruptions == 3; }));
    CHECK(interruptions == 3);
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before, nullptr);

    REQUIRE(send_signal(lasting.pidfd(), SIGKILL).has_value());
    CHECK(wait_ended(both, now() + 20s));
}

TEST_CASE("a pidfd of a process that is gone cannot be had") {
    const auto child = ending_child({"0"});
    const pid_t pid = child.pid();
    (void)wait_for(child.pidfd());
    CHECK(pidfd_open(pid).error().errno_value() == ESRCH);
}

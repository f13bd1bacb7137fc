#include "posix/processes/identity.hpp"
#include "posix/processes/proc.hpp"
#include "support.hpp"

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

Child waiting_child(const std::string& path = program("ignore_term")) {
    auto pipe = make_pipe().value();
    SpawnRequest request;
    request.argv = {path};
    request.stdout_fd = pipe.write.get();
    Child child = start(request);
    REQUIRE(read_line(pipe.read) == "ready");
    return child;
}

ProcessIdentity identity_of(const Child& child) { return {child.pid(), child.start_ticks(), boot_id(), pid_namespace()}; }

}   // namespace

TEST_CASE("identity: our own is complete and can be opened") {
    const auto own = own_identity().value();
    CHECK(own.pid == ::getpid());
    CHECK(own.boot_id.size() == 36);
    CHECK(own.pid_namespace != 0);
    CHECK(open_process(own).has_value());
}

TEST_CASE("identity: what the spawner recorded opens the child, and a signal through it reaches it") {
    const auto child = waiting_child();
    CHECK(child.start_ticks() == read_stat(child.pid()).value().start_ticks);
    const auto opened = open_process(identity_of(child));
    REQUIRE(opened.has_value());
    CHECK(send_signal(*opened, SIGKILL).has_value());
    CHECK(wait_for(child.pidfd()).signal == SIGKILL);
}

TEST_CASE("identity: a PID that another process has now is not opened") {
    const auto child = waiting_child();
    auto other = identity_of(child);
    other.start_ticks += 1;
    CHECK(open_process(other).error().errno_value() == ESRCH);
    other.start_ticks = 0;
    CHECK(open_process(other).error().errno_value() == ESRCH);
}

TEST_CASE("identity: another boot and another PID namespace are not ours to judge") {
    const auto child = waiting_child();
    auto other = identity_of(child);
    other.boot_id = "00000000-0000-0000-0000-000000000000";
    CHECK(open_process(other).error().errno_value() == EPERM);
    CHECK(open_process(other).error().what.find("boot") != std::string::npos);
    other = identity_of(child);
    other.pid_namespace += 1;
    CHECK(open_process(other).error().errno_value() == EPERM);
    CHECK(open_process(other).error().what.find("another PID namespace") != std::string::npos);
}

TEST_CASE("identity: a zombie counts as gone, and so does what was reaped") {
    SpawnRequest request;
    request.argv = {program("exit_with"), "0"};
    const auto child = start(request);
    REQUIRE(eventually([&] { return has_ended(child.pidfd()); }));
    CHECK(child.start_ticks() == read_stat(child.pid()).value().start_ticks);
    CHECK(open_process(identity_of(child)).error().errno_value() == ESRCH);
    (void)wait_for(child.pidfd());
    CHECK(open_process(identity_of(child)).error().errno_value() == ESRCH);
    CHECK_FALSE(read_stat(child.pid()).has_value());
}

TEST_CASE("identity: a process named like fields of stat is read right") {
    const TemporaryDirectory dir;
    std::filesystem::copy_file(program("ignore_term"), dir / ") R 1 (");
    const auto child = waiting_child(dir / ") R 1 (");
    const auto stat = read_stat(child.pid()).value();
    CHECK(stat.ppid == ::getpid());
    CHECK(stat.session == child.pid());
    CHECK(stat.process_group == child.pid());
    CHECK(stat.start_ticks == child.start_ticks());
}

TEST_CASE("identity: the start is told in wall clock time, to the tick") {
    const auto before = stamp_now().wall;
    const auto child = waiting_child();
    const auto after = stamp_now().wall;
    const auto tick = Millis{1000 / ::sysconf(_SC_CLK_TCK)};
    const auto slack = Millis{1000};   // for a clock that is being adjusted
    CHECK(started_at(child.start_ticks()) >= before - tick - slack);
    CHECK(started_at(child.start_ticks()) <= after + slack);
}

TEST_CASE("identity: start ticks are exact within one tick, else read, else unknown") {
    const auto child = waiting_child();
    CHECK(child_start_ticks(child.pid(), 5, 5) == 5);
    CHECK(child_start_ticks(child.pid(), 5, 6) == child.start_ticks());
    CHECK(child_start_ticks(-1, 5, 6) == 0);
}

TEST_CASE("identity: a directory of /proc stays with its process") {
    auto child = std::make_unique<Child>(waiting_child());
    const auto directory = ProcessDirectory::open(child->pid());
    REQUIRE(directory.has_value());
    CHECK(directory->stat().value().ppid == ::getpid());
    child.reset();
    CHECK_FALSE(directory->stat().has_value());
}

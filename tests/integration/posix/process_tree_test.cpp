#include "posix/descent/descendants.hpp"
#include "posix/descent/mark_search.hpp"
#include "posix/descent/tree_signal.hpp"
#include "posix/processes/proc.hpp"
#include "posix/processes/process_tree.hpp"
#include "support.hpp"
#include <algorithm>
#include <fstream>
#include <future>
#include <sys/prctl.h>
#include <thread>

using namespace talos;
using namespace talos::posix;
using namespace talos::posix::test;

namespace {

bool contains(const std::vector<pid_t>& pids, pid_t pid) { return std::find(pids.begin(), pids.end(), pid) != pids.end(); }

std::vector<pid_t> sorted(std::vector<pid_t> pids) {
    std::sort(pids.begin(), pids.end());
    return pids;
}

Marks read_marks(pid_t pid) {
    const auto directory = ProcessDirectory::open(pid);
    const auto environment = directory ? directory->read("environ", 65536) : Result<std::string>(directory.error());
    return environment ? parse_marks(*environment) : Marks{};
}

/// While it lives, orphans of our descendants become our children; other tests of this process leave them to init.
class Subreaper {
public:
    Subreaper() { REQUIRE(become_subreaper().has_value()); }
    ~Subreaper() { ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); }
    Subreaper(const Subreaper&) = delete;
    Subreaper& operator=(const Subreaper&) = delete;
};

struct Started {
    Child child;
    std::string line;
};
Started start_marked(const std::string& name, const std::string& run, const std::string& argument = {}) {
    auto pipe = make_pipe().value();
    SpawnRequest request;
    request.argv = {program(name)};
    if (!argument.empty()) request.argv.push_back(argument);
    request.env = {"A=b", "TALOS_RUN=" + run, "TALOS_WORKER=web"};
    request.stdout_fd = pipe.write.get();
    Child child = start(request);
    pipe.write.reset();
    std::string line = read_line(pipe.read);
    return {std::move(child), std::move(line)};
}

Child start_sleeping() {
    SpawnRequest request;
    request.argv = {"sleep", "60"};
    request.env = {"PATH=/usr/bin:/bin"};
    return start(request);
}

}   // namespace

TEST_CASE("children: the list is complete when it is longer than one page, and follows what changes") {
    constexpr std::size_t count = 1200;
    const Subreaper subreaper;
    ChildrenList list;
    std::vector<pid_t> listed{1, 2, 3};
    REQUIRE(list.read(listed).has_value());
    CHECK(listed.empty());

    const auto started = start_marked("fork_bomb", "run", std::to_string(count));
    REQUIRE(started.line == "ready");
    REQUIRE(list.read(listed).has_value());
    CHECK(listed == std::vector<pid_t>{started.child.pid()});
    const auto brood = sorted(children_of(started.child.pid()));
    CHECK(brood.size() == count);
    CHECK(sorted(scan_children(started.child.pid())) == brood);

    REQUIRE(send_signal(started.child.pidfd(), SIGKILL).has_value());
    (void)wait_for(started.child.pidfd());
    REQUIRE(list.read(listed).has_value());
    CHECK(sorted(listed) == brood);
    for (const pid_t pid : listed) ::kill(pid, SIGKILL);   // our children now, not reaped
    for (const pid_t pid : listed) {
        REQUIRE(eventually([&] { return reap(pid).value().has_value(); }));
    }
    REQUIRE(list.read(listed).has_value());
    CHECK(listed.empty());
}

TEST_CASE("children: those of every thread are listed, and after these have ended those of the only one") {
    std::promise<pid_t> born;
    std::promise<void> seen;
    std::thread other([&] {
        const auto child = start_sleeping();
        born.set_value(child.pid());
        seen.get_future().wait();
    });
    const pid_t of_thread = born.get_future().get();
    const auto own = start_sleeping();
    const auto both = children_of(::getpid());
    seen.set_value();
    other.join();
    CHECK(contains(both, of_thread));
    CHECK(contains(both, own.pid()));
    CHECK(eventually([&] { return contains(children_of(::getpid()), own.pid()); }));
}

TEST_CASE("children: a zombie is listed until it is reaped") {
    ChildrenList list;
    std::vector<pid_t> listed;
    SpawnRequest request;
    request.argv = {program("exit_with"), "0"};
    const auto child = start(request);
    REQUIRE(eventually([&] { return has_ended(child.pidfd()); }));
    REQUIRE(list.read(listed).has_value());
    CHECK(listed == std::vector<pid_t>{child.pid()});
    (void)wait_for(child.pidfd());
    REQUIRE(list.read(listed).has_value());
    CHECK(listed.empty());
}

TEST_CASE("descendants: parents come before children, and a scan of /proc finds the same") {
    auto pipe = make_pipe().value();
    const pid_t top = ::fork();
    REQUIRE(top >= 0);
    if (top == 0) {
        ::alarm(120);
        if (::fork() == 0) {   // the middle one, whose two children wait
            ::alarm(120);
            for (int i = 0; i < 2; ++i) {
                if (::fork() == 0) {
                    ::alarm(120);
                    for (;;) ::pause();
                }
            }
            (void)!::write(pipe.write.get(), "ready\n", 6);
        }
        for (;;) ::pause();
    }
    REQUIRE(read_line(pipe.read) == "ready");
    const auto found = descendants_of(top);
    REQUIRE(found.size() == 3);
    CHECK(read_stat(found[0]).value().ppid == top);
    CHECK(read_stat(found[1]).value().ppid == found[0]);
    CHECK(read_stat(found[2]).value().ppid == found[0]);
    CHECK(sorted(scan_descendants(top)) == sorted(found));
    for (const pid_t pid : found) ::kill(pid, SIGKILL);
    ::kill(top, SIGKILL);
    ::waitpid(top, nullptr, 0);
    CHECK(descendants_of(top).empty());
    CHECK(children_of(top).empty());
}

TEST_CASE("signal to a tree: a number that means no child of ours any more is left alone") {
    auto pipe = make_pipe().value();
    const pid_t top = ::fork();
    REQUIRE(top >= 0);
    if (top == 0) {
        ::alarm(120);
        if (::fork() == 0) {
            ::alarm(120);
            (void)!::write(pipe.write.get(), "ready\n", 6);
            for (;;) ::pause();
        }
        for (;;) ::pause();
    }
    REQUIRE(read_line(pipe.read) == "ready");
    const auto below = descendants_of(top);
    REQUIRE(below.size() == 1);
    CHECK(signal_tree(below.front(), SIGKILL) == 0);   // another's child, as one whose PID was used again
    CHECK(signal_tree(::getppid(), SIGWINCH) == 0);
    CHECK(read_stat(below.front()).value().state != 'Z');
    CHECK(signal_tree(top, SIGKILL) == 2);
    ::waitpid(top, nullptr, 0);
}

TEST_CASE("subreaper: a daemon that forked twice becomes our child and still bears its marks") {
    const Subreaper subreaper;
    const std::string run = "run-" + std::to_string(::getpid());
    const auto started = start_marked("double_fork", run);
    const pid_t daemon = parse_pid(started.line).value_or(0);
    REQUIRE(daemon > 0);

    CHECK(eventually([&] { return contains(children_of(::getpid()), daemon); }));
    CHECK(read_marks(daemon).run == run);
    CHECK(read_marks(daemon).worker == "web");
    const auto stat = read_stat(daemon).value();
    CHECK(stat.session != started.child.pid());

    const auto marked = find_marked(run);
    REQUIRE(marked.size() == 2);
    for (const auto& entry : marked) {
        CHECK((entry.identity.pid == daemon || entry.identity.pid == started.child.pid()));
        CHECK(entry.worker == "web");
        CHECK(open_process(entry.identity).has_value());
    }
    const auto in_session = find_in_session(stat.session);
    REQUIRE(in_session.size() == 1);
    CHECK(in_session.front().pid == daemon);

    REQUIRE(::kill(daemon, SIGKILL) == 0);   // our child by now, not reaped
    REQUIRE(eventually([&] { return reap(daemon).value().has_value(); }));
    CHECK(find_in_session(stat.session).empty());
    CHECK(find_marked(run).size() == 1);
}

TEST_CASE("marks: other runs, zombies and ourselves are not found") {
    const std::string run = "run-" + std::to_string(::getpid());
    const auto longer = start_marked("ignore_term", run + "0");
    const auto ended = start_marked("exit_with", run, "0");
    REQUIRE(eventually([&] { return has_ended(ended.child.pidfd()); }));
    CHECK(find_marked(run).empty());
    CHECK(find_marked("").empty());
    CHECK(find_marked(run + "0").size() == 1);
    CHECK(find_in_session(ended.child.pid()).empty());
    for (const auto& identity : find_in_session(::getsid(0))) CHECK(identity.pid != ::getpid());
    CHECK(read_marks(ended.child.pid()).run.empty());
}

TEST_CASE("marks: a process in the middle of its exec is never missed") {
    const TemporaryDirectory dir;
    const std::string run = "run-" + std::to_string(::getpid());
    std::ofstream(dir / "again") << "ulimit -t 60\nexec /bin/sh \"$0\"\n";
    SpawnRequest request;
    request.argv = {"/bin/sh", dir / "again"};
    request.env = {"TALOS_RUN=" + run};
    const auto child = start(request);
    for (int round = 0; round < 300; ++round) {
        CAPTURE(round);
        REQUIRE(find_marked(run).size() == 1);
    }
}

namespace {

constexpr auto at_once = SteadyTime::min();   // a step does one thing

}   // namespace

TEST_CASE("signal to a tree in parts: a step that has no time signals one process, and the main one comes last") {
    constexpr std::size_t count = 50;
    const auto started = start_marked("fork_bomb", "run", std::to_string(count));
    REQUIRE(started.line == "ready");
    const auto brood = children_of(started.child.pid());
    REQUIRE(brood.size() == count);
    TreeSignal signal(started.child.pid(), SIGKILL);
    std::size_t steps = 0;
    for (std::size_t before = 0; !signal.step(at_once); before = signal.count(), ++steps) {
        CHECK(signal.count() <= before + 1);
        CHECK_FALSE(has_ended(started.child.pidfd()));
    }
    CHECK(steps >= count);
    CHECK(signal.count() == count + 1);
    CHECK(wait_for(started.child.pidfd()).signal == SIGKILL);
    CHECK(eventually([&] {
        return std::all_of(brood.begin(), brood.end(), [](pid_t pid) {
            const auto stat = read_stat(pid);
            return !stat || stat->state == 'Z';
        });
    }));
}

TEST_CASE("signal to a tree in parts: a process that has begun after it was asked for is left alone, whatever its number") {
    const auto child = start_sleeping();
    const auto of_child = read_stat(child.pid()).value().start_ticks;
    TreeSignal before(child.pid(), SIGKILL);
    CHECK(before.step(SteadyTime::max()));
    CHECK(before.count() == 1);
    (void)wait_for(child.pidfd());
    TreeSignal late(child.pid(), SIGKILL);   // reaped: the number is free
    CHECK(late.step(SteadyTime::max()));
    CHECK(late.count() == 0);
    CHECK(of_child > 0);
}

TEST_CASE("descendants in parts: the same as at once, with their starts, and none of a process whose start is another") {
    constexpr std::size_t count = 20;
    const auto started = start_marked("fork_bomb", "run", std::to_string(count));
    REQUIRE(started.line == "ready");
    Descendants parts({started.child.pid(), started.child.start_ticks()});
    std::size_t steps = 0;
    for (; !parts.step(at_once); ++steps) {}
    CHECK(steps >= count);
    std::vector<pid_t> found;
    for (const auto& process : parts.found()) {
        found.push_back(process.pid);
        CHECK(read_stat(process.pid).value().start_ticks == process.start_ticks);
    }
    CHECK(sorted(found) == sorted(children_of(started.child.pid())));
    Descendants others({started.child.pid(), started.child.start_ticks() + 1});
    CHECK(others.step(SteadyTime::max()));
    CHECK(others.found().empty());
}

#include "posix/descent/descendants.hpp"
#include "posix/processes/pidfd.hpp"
#include "posix/processes/proc.hpp"
#include "support/catch.hpp"
#include <cerrno>
#include <limits>
#include <string>

using namespace talos::posix;

namespace {

/// /proc/PID/stat of a process with that command name, parent 10, group 11, session 12, start at 4711 ticks.
std::string stat_of(const std::string& name, const std::string& flags = "4194304") {
    return "99 (" + name + ") S 10 11 12 0 -1 " + flags + " 1 2 3 4 5 6 7 8 20 0 1 0 4711 1234 56 18446744073709551615 1 1 0\n";
}

}   // namespace

TEST_CASE("stat: the fields are found whatever the process calls itself") {
    const std::string name =
        GENERATE(values<std::string>({"sleep", "", ") R 1 (", ")", "((", "a b c", "x) Z 1 1 1 (y", "new\nline", "\xff\xfe"}));
    CAPTURE(name);
    const auto stat = parse_stat(stat_of(name));
    REQUIRE(stat.has_value());
    CHECK(stat->state == 'S');
    CHECK(stat->ppid == 10);
    CHECK(stat->process_group == 11);
    CHECK(stat->session == 12);
    CHECK(stat->start_ticks == 4711);
    CHECK_FALSE(stat->kernel_thread);
}

TEST_CASE("stat: a kernel thread is told from a process") {
    const auto stat = parse_stat(stat_of("kworker/0:1", "2129984"));
    REQUIRE(stat.has_value());
    CHECK(stat->kernel_thread);
}

TEST_CASE("stat: no environment is believed only when the exec that brought it is over") {
    const auto stat_with = [](const std::string& code, const std::string& begin, const std::string& end) {
        std::string text =
            "99 (sh) R 10 11 12 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4711 1234 56 18446744073709551615 " + code + " 1 0";
        for (int field = 29; field < 50; ++field) text += " 0";
        return parse_stat(text + " " + begin + " " + end + " 0\n").value();
    };
    CHECK(stat_with("94", "140", "140").no_environment);
    CHECK_FALSE(stat_with("94", "140", "170").no_environment);
    CHECK_FALSE(stat_with("0", "140", "140").no_environment);   // its strings are being counted
    CHECK_FALSE(stat_with("0", "0", "0").no_environment);
    CHECK_FALSE(parse_stat(stat_of("an old kernel's")).value().no_environment);
}

TEST_CASE("stat: text in another format is no process") {
    const std::string text = GENERATE(
        values<std::string>({"", "99", "99 (sleep", "99 (sleep)", "99 (sleep) S", "99 (sleep) S 10 11 12 0 -1 4194304 1 2 3",
                             "99 (sleep) SS 10 11 12 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 4711 1",
                             "99 (sleep) S x 11 12 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 4711 1",
                             "99 (sleep) S 10 11 12 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 -5 1",
                             "99 (sleep) S 10 11 12 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 99999999999999999999999 1"}));
    CAPTURE(text);
    CHECK_FALSE(parse_stat(text).has_value());
}

TEST_CASE("a PID in text is digits only, above 0 and not beyond its type") {
    CHECK(parse_pid("1") == 1);
    CHECK(parse_pid("4194304") == 4194304);
    const std::string text =
        GENERATE(values<std::string>({"", "0", "-1", "+1", " 1", "1 ", "1x", "self", "99999999999", "0x10"}));
    CAPTURE(text);
    CHECK_FALSE(parse_pid(text).has_value());
}

TEST_CASE("lists of children are read with and without a last space") {
    std::vector<pid_t> pids;
    parse_pids("12 345 6789 ", pids);
    CHECK(pids == std::vector<pid_t>{12, 345, 6789});
    parse_pids("7", pids);
    CHECK(pids == std::vector<pid_t>{12, 345, 6789, 7});
    pids.clear();
    parse_pids("", pids);
    CHECK(pids.empty());
}

TEST_CASE("marks: only entries of exactly those names count, and the first of each") {
    using namespace std::string_literals;
    const auto marks = parse_marks("A=b\0XTALOS_RUN=no\0TALOS_RUN=one\0TALOS_RUN=two\0TALOS_WORKER=web\0TALOS_WORKERS=x\0"s);
    CHECK(marks.run == "one");
    CHECK(marks.worker == "web");
    CHECK_FALSE(marks.hook);
}

TEST_CASE("marks: absent ones, odd entries and a missing last NUL do no harm") {
    using namespace std::string_literals;
    CHECK(parse_marks("TALOS_RUN=one\0TALOS_HOOK=preStop\0"s).hook);
    CHECK_FALSE(parse_marks("XTALOS_HOOK=a\0TALOS_HOOKS=a\0TALOS_HOOK\0"s).hook);
    CHECK(parse_marks("").run.empty());
    CHECK(parse_marks("\0\0\0"s).run.empty());
    CHECK(parse_marks("TALOS_RUN\0TALOS_WORKER"s).worker.empty());
    CHECK(parse_marks("note=TALOS_RUN=x\0"s).run.empty());
    CHECK(parse_marks("TALOS_RUN=cut off").run == "cut off");
}

TEST_CASE("signals: groups 1, 0 and below are refused before any system call") {
    // Signal 0 only: even if the check were broken, nobody would be signalled.
    const pid_t leader = GENERATE(values<pid_t>({1, 0, -1, -2, std::numeric_limits<pid_t>::min()}));
    CAPTURE(leader);
    const auto sent = signal_group(leader, 0);
    REQUIRE_FALSE(sent.has_value());
    CHECK(sent.error().errno_value() == EINVAL);
}

TEST_CASE("identity: PIDs that name no process are refused before any system call") {
    const pid_t pid = GENERATE(values<pid_t>({0, -1, std::numeric_limits<pid_t>::min()}));
    CAPTURE(pid);
    CHECK(open_process({pid, 1, boot_id(), pid_namespace()}).error().errno_value() == ESRCH);
    CHECK(pidfd_open(pid).error().errno_value() == EINVAL);
    CHECK(reap(pid).error().errno_value() == ECHILD);
    CHECK_FALSE(read_stat(pid).has_value());
    CHECK(children_of(pid).empty());
    CHECK(descendants_of(pid).empty());
    CHECK(find_in_session(pid).empty());
}

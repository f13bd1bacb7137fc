#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/guest.hpp"
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

// The times of lines and the runs that they belong to, from the files and over the control socket.
using namespace talos::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream all(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(all, line);) lines.push_back(line);
    return lines;
}

/// The stored time of the first line with this text, `2026-01-29T00:31:10.123456789Z`.
std::string stamp_of(const std::string& log, const std::string& text) {
    for (const auto& line : lines_of(log))
        if (line.ends_with(" " + text)) return line.substr(0, line.find(' '));
    FAIL("no line " << text);
    return {};
}

/// The same as `logs -t --utc` shows it.
std::string shown(const std::string& stamp) { return stamp.substr(0, 23) + "Z"; }

/// Writes one, two, three; each once the one before is in its log, so that no two have the same time.
std::string three_lines(const std::string& name) {
    const auto await = [&](const std::string& text) {
        return "while ! grep -qs " + text + " data/logs/" + name + ".log; do sleep 0.01; done; ";
    };
    return "echo one; " + await("one") + "echo two; " + await("two") + "echo three; exec sleep 120";
}

const std::string raw_log = R"("log": {"format": "raw"})";

/// Ends twice, then stays: each run says which it is.
const std::string three_runs =
    "n=$(($(cat n 2>/dev/null || echo 0) + 1)); echo $n >n; echo run $n; test $n -lt 3 && exit 1; exec sleep 120";

/// `── run N, pid P, 00:31:10 ──` in front of the line `run N`, for the runs from `first` on.
void check_marked(const std::vector<std::string>& lines, int first) {
    REQUIRE(lines.size() % 2 == 0);
    for (std::size_t i = 0; i < lines.size(); i += 2) {
        const auto number = std::to_string(first + static_cast<int>(i / 2));
        CHECK(std::regex_match(lines[i], std::regex("── run " + number + ", pid [0-9]+, ([0-9-]+[ T])?[0-9:]{8}Z? ──")));
        CHECK(lines[i + 1] == "run " + number);
    }
}

}   // namespace

TEST_CASE("talosctl logs -t: the time of each line, as it is stored, whatever the format") {
    const std::string format = GENERATE("cri", "json");
    Daemon daemon(worker("w", shell(three_lines("w")), R"("log": {"format": ")" + format + "\"}"));
    daemon.start_detached();
    REQUIRE(eventually([&] { return has(daemon.ctl({"logs", "w"}).out, "three\n"); }));
    std::string expected;
    const auto document = boost::json::parse(daemon.ctl({"--json", "logs", "w"}).out);
    for (const auto& record : document.as_array())
        expected.append(shown(std::string(record.at("time").as_string())))
            .append(" ")
            .append(record.at("line").as_string())
            .append("\n");
    CHECK(daemon.ctl({"logs", "-t", "--utc", "w"}).out == expected);
    auto local = daemon.ctl_command({"logs", "--timestamps", "--tail", "1", "w"});
    local.argv.insert(local.argv.begin(), {"env", "TZ=UTC"});
    auto last = lines_of(expected).back();
    last.replace(10, 1, " ").erase(23, 1);
    CHECK(run(local).out == last + "\n");
    const auto alone = daemon.ctl({"logs", "--utc"});
    CHECK(alone.code == 2);
    CHECK(has(alone.err, "--timestamps"));
}

TEST_CASE("talosctl logs -t: a raw log has no times, it is said what stores them, and new lines have that of their arrival") {
    Daemon daemon(worker("w", shell("echo old; while ! test -e go; do sleep 0.01; done; echo new; exec sleep 120"), raw_log));
    daemon.start_detached();
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "old\n"); }));
    const auto done = daemon.ctl({"logs", "-t", "w"});
    CHECK(done.code == 0);
    CHECK(done.out == "-                       old\n");
    CHECK(has(done.err, "w has a raw log, whose lines have no timestamps for --timestamps; with \"format\": \"cri\""));
    Process follow(daemon.ctl_command({"logs", "-t", "--utc", "-f", "w"}));
    REQUIRE(eventually([&] { return has(follow.out(), "old\n"); }));
    CHECK(has(follow.err(), "their time of arrival"));
    write_text(daemon.path("go"), "");
    REQUIRE(eventually([&] { return has(follow.out(), "new\n"); }));
    const auto lines = lines_of(follow.out());
    CHECK(lines.at(0) == "-                        old");
    CHECK(std::regex_match(lines.at(1), std::regex("[0-9-]{10}T[0-9:]{8}\\.[0-9]{3}Z new")));
    follow.signal(SIGINT);
    (void)follow.wait();
}

TEST_CASE("talosctl logs --until: the lines before a time, with -n the last of them") {
    Daemon daemon(worker("w", shell(three_lines("w"))) + worker("raw", shell("echo raw; exec sleep 120"), raw_log));
    daemon.start_detached();
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "three\n") && has(daemon.worker_log("raw"), "raw"); }));
    const auto time = [&](const std::string& text) { return stamp_of(daemon.worker_log("w"), text); };
    CHECK(daemon.ctl({"logs", "--until", time("three"), "w"}).out == "one\ntwo\n");
    CHECK(daemon.ctl({"logs", "--until", time("three"), "--tail", "1", "w"}).out == "two\n");
    CHECK(daemon.ctl({"logs", "--since", time("two"), "--until", time("three"), "w"}).out == "two\n");
    CHECK(daemon.ctl({"logs", "--since", time("one"), "--until", time("three"), "-n", "all", "w"}).out == "one\ntwo\n");
    CHECK(daemon.ctl({"logs", "--until", "0s", "w"}).out == "one\ntwo\nthree\n");
    CHECK(daemon.ctl({"logs", "--until", "1h", "w"}).out.empty());
    CHECK(daemon.ctl({"logs", "--since", "0s", "--until", "1h"}).code == 2);
    const auto all = daemon.ctl({"logs", "--until", "0s"});
    CHECK(all.out == "one\ntwo\nthree\n");
    CHECK(has(all.err, "raw has a raw log"));
}

TEST_CASE("talosctl logs --runs: a line where a run begins, also of one that begins while it follows") {
    Daemon daemon(worker("w", shell(three_runs), R"("restart": {"policy": "always", "delay": "1ms", "factor": 1})"));
    daemon.start_detached();
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "run 3"); }));
    check_marked(lines_of(daemon.ctl({"logs", "--runs", "w"}).out), 1);
    check_marked(lines_of(daemon.ctl({"logs", "--runs", "-n", "1", "w"}).out), 3);
    check_marked(lines_of(daemon.ctl({"logs", "--runs", "--utc", "--since", "1h", "w"}).out), 1);
    const auto record = boost::json::parse(daemon.ctl({"--json", "logs", "--runs", "--tail", "1", "w"}).out).as_array().at(0);
    CHECK(record.at("run").to_number<int>() == 3);
    // The status is written a little later than the log.
    daemon.worker_when("w", [&](const auto& view) { return view.pid == record.at("pid").to_number<int>(); });
    Process follow(daemon.ctl_command({"logs", "--runs", "-f", "w"}));
    REQUIRE(eventually([&] { return has(follow.out(), "run 3\n"); }));
    CHECK(daemon.ctl({"restart", "w"}).code == 0);
    REQUIRE(eventually([&] { return has(follow.out(), "\nrun 4\n"); }));
    check_marked(lines_of(follow.out()), 1);
    follow.signal(SIGINT);
    (void)follow.wait();
}

TEST_CASE("talosctl logs --runs: of a raw log, the runs of new lines") {
    Daemon daemon(worker("w", shell(three_runs), R"("restart": {"policy": "always", "delay": "1ms", "factor": 1}, )" + raw_log));
    daemon.start_detached();
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "run 3"); }));
    const auto old = daemon.ctl({"logs", "--runs", "w"});
    CHECK(old.out == "run 1\nrun 2\nrun 3\n");
    CHECK(has(old.err, "no timestamps for --runs"));
    Process follow(daemon.ctl_command({"logs", "--runs", "-f", "w"}));
    REQUIRE(eventually([&] { return has(follow.out(), "run 3\n"); }));
    CHECK(daemon.ctl({"restart", "w"}).code == 0);
    REQUIRE(eventually([&] { return has(follow.out(), "\nrun 4\n"); }));
    auto lines = lines_of(follow.out());
    lines.erase(lines.begin(), lines.begin() + 3);
    check_marked(lines, 4);
    follow.signal(SIGINT);
    (void)follow.wait();
}

TEST_CASE("a closed data directory and an open socket: times, --until and runs are those from the files") {
    if (!is_root()) TALOS_SKIP("needs root");
    Guest guest(worker("w", shell(three_runs), R"("restart": {"policy": "always", "delay": "1ms", "factor": 1})") +
                worker("lines", shell(three_lines("lines"))) + worker("raw", shell("echo raw; exec sleep 120"), raw_log));
    const auto& daemon = guest.daemon;
    REQUIRE(eventually([&] {
        return has(daemon.worker_log("w"), "run 3") && has(daemon.worker_log("lines"), "three") &&
               has(daemon.worker_log("raw"), "raw");
    }));
    const auto until = stamp_of(daemon.worker_log("lines"), "three");
    for (const auto& words : std::vector<std::vector<std::string>>{{"logs", "-t", "w"},
                                                                   {"logs", "-t", "--utc", "lines"},
                                                                   {"logs", "--runs", "w"},
                                                                   {"logs", "--runs", "-t", "w", "lines"},
                                                                   {"logs", "--until", until, "lines"},
                                                                   {"logs", "--until", until, "--tail", "1", "lines"},
                                                                   {"logs", "-t", "raw"}}) {
        const auto over_socket = guest.ctl(words);
        CAPTURE(words, over_socket.err);
        CHECK(over_socket.out == daemon.ctl(words).out);
        CHECK(over_socket.code == 0);
        CHECK_FALSE(over_socket.out.empty());
    }
    CHECK(has(guest.ctl({"logs", "-t", "raw"}).err, "raw has a raw log, whose lines have no timestamps"));
    Process follow(guest.command({"logs", "--runs", "-f", "w"}));
    REQUIRE(eventually([&] { return has(follow.out(), "run 3\n"); }));
    CHECK(daemon.ctl({"restart", "w"}).code == 0);
    REQUIRE(eventually([&] { return has(follow.out(), "\nrun 4\n"); }));
    check_marked(lines_of(follow.out()), 1);
    follow.signal(SIGINT);
    (void)follow.wait();
}

TEST_CASE("a right to some workers: their lines and times are shown, and why their runs are not") {
    if (!is_root()) TALOS_SKIP("needs root");
    Guest guest(worker("w", shell(three_lines("w"))) + worker("w2", shell("echo other; exec sleep 120")) +
                    worker("secret", shell("echo hidden; exec sleep 120")),
                "w*");
    REQUIRE(
        eventually([&] { return has(guest.daemon.worker_log("w"), "three") && has(guest.daemon.worker_log("w2"), "other"); }));
    const auto done = guest.ctl({"logs", "--runs", "-t", "w"});
    CHECK(done.code == 0);
    CHECK(done.out == guest.daemon.ctl({"logs", "-t", "w"}).out);
    CHECK(has(done.err, "--runs is not available: user 65534 may not read talosd as a whole"));
    Process follow(guest.command({"logs", "--runs", "-f"}));
    REQUIRE(eventually([&] { return has(follow.out(), "w  | three\n") && has(follow.out(), "w2 | other\n"); }));
    CHECK_FALSE(has(follow.out(), "hidden"));
    follow.signal(SIGINT);
    (void)follow.wait();
}

TEST_CASE("a closed data directory and an open socket: 100 logs are followed over few connections, past a removed worker and a "
          "new talosd") {
    if (!is_root()) TALOS_SKIP("needs root");
    // One process each: it waits for a line that never comes, and writes at SIGUSR1.
    const auto waiting = [](const std::string& name) {
        return shell("trap 'echo again " + name + "' USR1; echo begun " + name + "; test -p f" + name + " || mkfifo f" + name +
                     "; exec 3<>f" + name + "; while :; do read line <&3; done");
    };
    const auto workers = [&](int count) {
        const std::string killed = R"("stop": {"steps": [{"signal": "SIGKILL"}]})";
        return worker("w", waiting("{index}"), R"("instances": )" + std::to_string(count) + ", " + killed) +
               worker("raw", waiting("raw"), killed + ", " + raw_log);
    };
    Guest guest(workers(100));
    Process follow(guest.command({"logs", "-f", "-n", "all"}));
    const auto count = [&](const std::string& text) {
        const auto all = follow.out();
        int times = 0;
        for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++times;
        return times;
    };
    REQUIRE(eventually([&] { return count("| begun ") == 101; }));
    CHECK(std::distance(std::filesystem::directory_iterator("/proc/" + std::to_string(follow.pid()) + "/fd"), {}) < 20);
    CHECK(guest.daemon.ctl({"signal", "USR1", "all"}).code == 0);
    REQUIRE(eventually([&] { return count("| again ") == 101; }));
    for (int index = 1; index <= 100; ++index) {
        const auto text = std::to_string(index);
        REQUIRE(count("w-" + text + std::string(4 - text.size(), ' ') + "| again " + text + "\n") == 1);
    }

    guest.configure(workers(99));
    CHECK(guest.daemon.ctl({"reload"}).code == 0);
    REQUIRE(eventually([&] { return has(follow.err(), "w-100"); }));
    CHECK(guest.daemon.ctl({"signal", "USR1", "all"}).code == 0);
    REQUIRE(eventually([&] { return count("| again ") == 201; }));

    CHECK(guest.daemon.stop() == 0);
    guest.daemon.start();
    REQUIRE(eventually(
        [&] { return count("| begun ") >= 200; }));   // of a raw log, what is written while talosd is away is not shown
    follow.signal(SIGINT);
    (void)follow.wait();
    CHECK(guest.daemon.stop() == 0);
}

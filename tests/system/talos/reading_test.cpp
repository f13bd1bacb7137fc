#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/guest.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <sys/stat.h>

// Which lines `talosctl logs` shows, from the files and over the control socket.
using namespace talos::test;
namespace json = boost::json;

namespace {

using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

long lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

/// The stamp of the first line of a log that has this text.
std::string stamp_of(const std::string& log, const std::string& text) {
    std::istringstream all(log);
    for (std::string line; std::getline(all, line);)
        if (line.ends_with(" " + text)) return line.substr(0, line.find(' '));
    FAIL("no line " << text);
    return {};
}

/// Writes `line 1`, `line 2`, …: 200 in a run, five runs for each talosd, once there is a file `go`.
std::string counting_worker() {
    return worker(
        "w",
        shell("test -e n || echo ready; while ! test -e go; do sleep 0.01; done; n=$(cat n 2>/dev/null || echo 0);"
              "for i in $(seq 200); do n=$((n+1)); echo line $n; done; echo $n >n; false"),
        R"("restart": {"policy": "always", "delay": "1ms", "factor": 1, "limit": 5}, "log": {"rotateSize": "4KiB", "keep": 50})");
}

/// The even numbers up to `last`, each once and in order, and nothing else.
void check_even_lines(const std::string& shown, int last) {
    std::istringstream all(shown);
    int expected = 0;
    for (std::string line; std::getline(all, line);) REQUIRE(line == "line " + std::to_string(expected += 2));
    CHECK(expected == last);
}

const Words even_lines{"logs", "-n", "5000", "--grep", "^LINE [0-9]*[02468]$", "-i", "-f", "w"};

/// Two workers whose lines come in this order: a1, b1, a2, b2. Each waits until the other's is in its log.
std::string two_in_turns(const std::string& extra = {}) {
    const auto await = [](const std::string& name, const std::string& text) {
        return "while ! grep -qs " + text + " data/logs/" + name + ".log; do sleep 0.01; done; ";
    };
    return worker("a", shell("echo a1; " + await("b", "b1") + "echo a2; exec sleep 120"), extra) +
           worker("b", shell(await("a", "a1") + "echo b1; " + await("a", "a2") + "echo b2; exec sleep 120"), extra);
}

}   // namespace

TEST_CASE("talosctl logs: an expression and a stream choose lines, and -n counts what they leave") {
    Daemon daemon(worker("w", shell("for i in $(seq 3000); do echo out $i; echo ERR $i >&2; done; exec sleep 120"),
                         R"("streams": "separate", "log": {"rotateSize": "20KiB", "keep": 20, "compress": "zstd"})") +
                  worker("other", shell("echo out of order; exec sleep 120")));
    daemon.start_detached();
    const auto is_written = [&] { return lines(daemon.ctl({"logs", "--grep", "^(out|ERR) 3000$", "w"}).out) == 2; };
    REQUIRE(eventually([&] { return is_written() && has(daemon.worker_log("other"), "order"); }));
    for (const bool running : {true, false}) {
        CAPTURE(running);
        CHECK(daemon.ctl({"logs", "-n", "2", "--stream", "stdout", "w"}).out == "out 2999\nout 3000\n");
        CHECK(daemon.ctl({"logs", "-n", "2", "--stream", "stderr", "--grep", "00$", "w"}).out == "ERR 2900\nERR 3000\n");
        CHECK(daemon.ctl({"logs", "--grep", "err 1[02]00$", "-i", "w"}).out == "ERR 1000\nERR 1200\n");
        CHECK(daemon.ctl({"logs", "--grep", "err", "w"}).out.empty());
        CHECK(daemon.ctl({"logs", "--grep", "^out o"}).out == "other | out of order\n");
        const auto document = daemon.ctl({"--json", "logs", "-n", "1", "--stream", "stderr"});
        const auto records = json::parse(document.out).as_array();
        REQUIRE(records.size() == 1);
        CHECK(records[0].at("line").as_string() == "ERR 3000");
        CHECK(records[0].at("stream").as_string() == "stderr");
        if (running) CHECK(daemon.ctl({"stop"}).code == 0);
    }
    const auto broken = daemon.ctl({"logs", "--grep", "(out"});
    CHECK(broken.code == 2);
    CHECK(has(broken.err, "(out"));
    CHECK(json::parse(daemon.ctl({"--json", "logs", "--grep", "none of them"}).out).as_array().empty());
}

TEST_CASE("talosctl logs --since: all lines from a time on, merged, those of a raw log are left out and it is said") {
    Daemon daemon(two_in_turns(R"("log": {"format": "json"})") +
                  worker("raw", shell("echo raw; exec sleep 120"), R"("log": {"format": "raw"})"));
    daemon.start_detached();
    REQUIRE(eventually([&] { return has(daemon.worker_log("b"), "b2") && has(daemon.worker_log("raw"), "raw"); }));
    const auto document = daemon.ctl({"--json", "logs", "a", "b"});
    const auto records = json::parse(document.out).as_array();
    REQUIRE(records.size() == 4);
    const auto time = [&](std::size_t i) { return std::string(records.at(i).at("time").as_string()); };
    CHECK(daemon.ctl({"logs", "--since", time(1), "a", "b"}).out == "b | b1\na | a2\nb | b2\n");
    CHECK(daemon.ctl({"logs", "--since", time(1), "-n", "1", "a", "b"}).out == "b | b2\n");
    CHECK(daemon.ctl({"logs", "--since", time(2), "--grep", "b", "a", "b"}).out == "b | b2\n");
    CHECK(daemon.ctl({"logs", "--since", "1h", "a", "b"}).out == "a | a1\nb | b1\na | a2\nb | b2\n");
    CHECK(daemon.ctl({"logs", "--since", "0s", "a", "b"}).out.empty());
    CHECK(json::parse(daemon.ctl({"--json", "logs", "--since", time(2), "a", "b"}).out).as_array().size() == 2);
    CHECK(daemon.ctl({"--json", "logs", "--since", "0s", "a"}).out == "[]\n");

    const auto all = daemon.ctl({"logs", "--since", "1h"});
    CHECK(all.code == 0);
    CHECK(all.out == "a | a1\nb | b1\na | a2\nb | b2\n");
    CHECK(has(all.err, "raw has a raw log"));
    const auto alone = daemon.ctl({"logs", "--stream", "stdout", "raw"});
    CHECK(alone.code == 1);
    CHECK(has(alone.err, "raw has a raw log"));
    CHECK(daemon.ctl({"logs", "--grep", "r.w", "raw"}).out == "raw\n");
}

TEST_CASE("talosctl logs --since: found in many files, plain and compressed") {
    Daemon daemon(worker("w", shell("for i in $(seq 20000); do echo line $i; done; exec sleep 120"),
                         R"("log": {"rotateSize": "100KiB", "keep": 20, "compress": "zstd"})"));
    daemon.start_detached();
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "line 20000\n"); }));
    const auto all = daemon.ctl({"--json", "logs", "--since", "1h", "w"});
    const auto records = json::parse(all.out).as_array();
    REQUIRE(records.size() == 20'000);
    for (const std::size_t at : {std::size_t{0}, std::size_t{7'777}, std::size_t{19'999}}) {
        const auto time = records[at].at("time").as_string();
        const auto first =
            std::find_if(records.begin(), records.end(), [&](const auto& each) { return each.at("time").as_string() == time; });
        const auto since = json::parse(daemon.ctl({"--json", "logs", "--since", std::string(time), "w"}).out).as_array();
        REQUIRE(since.size() == static_cast<std::size_t>(records.end() - first));
        CHECK(since[0].at("line") == first->at("line"));
    }
}

TEST_CASE("talosctl logs -f shows only lines that are wanted, each once, across rotation, restarts of the worker and of talosd") {
    Daemon daemon(counting_worker());
    daemon.start();
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "ready"); }));
    Process follow(daemon.ctl_command(even_lines));
    write_text(daemon.path("go"), "");
    daemon.worker_in("w", "fatal");
    REQUIRE(eventually([&] { return has(follow.out(), "line 1000\n"); }));
    CHECK(daemon.stop() == 0);
    daemon.start();
    daemon.worker_in("w", "fatal");
    REQUIRE(eventually([&] { return has(follow.out(), "line 2000\n"); }));
    check_even_lines(follow.out(), 2000);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("talosctl logs -f --since: what was written since then in the order of time, then what comes") {
    Daemon daemon(two_in_turns() + worker("c", shell("while ! test -e go; do sleep 0.01; done; echo c1; exec sleep 120")));
    daemon.start();
    REQUIRE(eventually([&] { return has(daemon.worker_log("b"), "b2"); }));
    const auto since = stamp_of(daemon.worker_log("b"), "b1");
    Process follow(daemon.ctl_command({"--json", "logs", "-f", "--since", since}));
    REQUIRE(eventually([&] { return has(follow.out(), "\"b2\"}\n"); }));
    write_text(daemon.path("go"), "");
    REQUIRE(eventually([&] { return has(follow.out(), "\"c1\"}\n"); }));
    std::istringstream all(follow.out());
    std::string shown;
    for (std::string line; std::getline(all, line);) shown.append(json::parse(line).at("line").as_string()).append(" ");
    CHECK(shown == "b1 a2 b2 c1 ");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a closed data directory and an open socket: lines are chosen as from the files") {
    if (!is_root()) TALOS_SKIP("needs root");
    Guest guest(worker("w", shell("for i in $(seq 3000); do echo out $i; echo ERR $i >&2; done; exec sleep 120"),
                       R"("streams": "separate", "log": {"rotateSize": "20KiB", "keep": 20})") +
                worker("long", shell("head -c 40000 /dev/zero | tr '\\0' x; echo y; echo one; echo two; exec sleep 120")) +
                two_in_turns() + worker("raw", shell("echo raw 1; echo raw 2; exec sleep 120"), R"("log": {"format": "raw"})"));
    const auto& daemon = guest.daemon;
    const auto is_written = [&] { return lines(daemon.ctl({"logs", "--grep", "^(out|ERR) 3000$", "w"}).out) == 2; };
    REQUIRE(
        eventually([&] { return is_written() && has(daemon.worker_log("b"), "b2") && has(daemon.worker_log("raw"), "raw 2"); }));
    REQUIRE(eventually([&] { return has(daemon.worker_log("long"), " two\n"); }));
    const std::vector<Words> questions{{"logs", "-n", "2", "--stream", "stdout", "w"},
                                       {"logs", "-n", "2", "--stream", "stderr", "--grep", "00$", "w"},
                                       {"logs", "--grep", "err 1[02]00$", "-i", "w"},
                                       {"logs", "--grep", "1$", "-n", "1000", "w"},
                                       {"logs", "-n", "6000", "w"},
                                       {"logs", "-n", "0", "w"},
                                       {"logs", "-n", "3", "a", "b"},
                                       {"logs", "-n", "1", "raw"},
                                       {"logs", "-n", "2", "long"},
                                       {"logs", "-n", "3", "long"},
                                       {"logs", "--grep", "^x*y$", "long"},
                                       {"logs", "--grep", "raw 1", "raw"},
                                       {"--json", "logs", "--since", stamp_of(daemon.worker_log("b"), "b1"), "a", "b"},
                                       {"logs", "--since", stamp_of(daemon.worker_log("a"), "a2"), "-n", "1", "a", "b"},
                                       {"logs", "--since", "0s", "a"},
                                       {"logs", "--since", "1h", "a", "b", "raw"},
                                       {"logs", "--since", "1h", "raw"},
                                       {"logs", "--stream", "stdout", "raw"},
                                       {"logs", "--stream", "stdout", "a", "raw"},
                                       {"logs", "--grep", "("}};
    for (const auto& words : questions) {
        const auto from_files = daemon.ctl(words);
        const auto over_socket = guest.ctl(words);
        CAPTURE(words, over_socket.err);
        CHECK(over_socket.out == from_files.out);
        CHECK(over_socket.code == from_files.code);
        if (words.back() == "long") CHECK(has(over_socket.out, "xy\n") == (words[2] != "2"));
        CHECK(has(over_socket.err, "raw has a raw log") == has(from_files.err, "raw has a raw log"));
    }
    CHECK(guest.daemon.stop() == 0);
}

TEST_CASE("a closed data directory and an open socket: following shows what is there in the order of time, then what comes") {
    if (!is_root()) TALOS_SKIP("needs root");
    Guest guest(two_in_turns() + worker("c", shell("while ! test -e go; do sleep 0.01; done; echo c1; exec sleep 120")));
    REQUIRE(eventually([&] { return has(guest.daemon.worker_log("b"), "b2"); }));
    Process all(guest.command({"logs", "-f"}));
    Process since(guest.command({"logs", "-f", "--since", stamp_of(guest.daemon.worker_log("b"), "b1")}));
    REQUIRE(eventually([&] { return has(all.out(), "b2\n") && has(since.out(), "b2\n"); }));
    write_text(guest.daemon.path("go"), "");
    CHECK(eventually([&] { return all.out() == "a | a1\nb | b1\na | a2\nb | b2\nc | c1\n"; }));
    CHECK(eventually([&] { return since.out() == "b | b1\na | a2\nb | b2\nc | c1\n"; }));
    INFO(all.out());
    CHECK(guest.daemon.stop() == 0);
}

TEST_CASE("a closed data directory and an open socket: following goes on across rotation, restarts of the worker and of talosd") {
    if (!is_root()) TALOS_SKIP("needs root");
    Guest guest(counting_worker());
    auto& daemon = guest.daemon;
    REQUIRE(eventually([&] { return has(daemon.worker_log("w"), "ready"); }));
    Process follow(guest.command(even_lines));
    write_text(daemon.path("go"), "");
    daemon.worker_in("w", "fatal");
    REQUIRE(eventually([&] { return has(follow.out(), "line 1000\n"); }));
    CHECK(daemon.stop() == 0);
    REQUIRE(eventually([&] { return has(follow.err(), "waiting for talosd"); }));
    daemon.start();
    daemon.worker_in("w", "fatal");
    REQUIRE(eventually([&] { return has(follow.out(), "line 2000\n"); }));
    check_even_lines(follow.out(), 2000);
    CHECK(daemon.stop() == 0);
}

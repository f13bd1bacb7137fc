// Where output goes, and in which shape.
#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/numbered.hpp"
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <sys/stat.h>

using namespace talos::test;
namespace json = boost::json;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}   // namespace

TEST_CASE("destinations: two files and talosd's own output get the same lines, each in its shape") {
    Daemon daemon(worker("w", shell("echo one; echo two >&2"), R"("restart": "never", "streams": "separate",
        "log": [{}, {"file": "copy.json", "format": "json"}, {"inherit": "prefixed"}])"));
    daemon.start();
    daemon.worker_in("w", "exited");
    CHECK(eventually([&] { return has(daemon.process().out(), "w | one\n") && has(daemon.process().out(), "w | two\n"); }));
    const auto cri = daemon.worker_log("w");
    CHECK(has(cri, " stdout F one\n"));
    CHECK(has(cri, " stderr F two\n"));
    int lines = 0;
    for_each_line(read_text(daemon.data("copy.json")), [&](std::string_view line) {
        const auto value = json::parse({line.data(), line.size()});
        CHECK(value.at("stream").as_string() == (value.at("line").as_string() == "one" ? "stdout" : "stderr"));
        ++lines;
    });
    CHECK(lines == 2);
    CHECK(has(daemon.ctl({"logs", "w"}).out, "one"));   // the first file is the one that is read
    CHECK(daemon.stop() == 0);
}

TEST_CASE("destinations: bare output is the worker's alone, its stderr on talosd's stderr when the streams are separate") {
    Daemon daemon(worker("w", shell("echo '{\"a\":1}'; printf 'half a'; echo ' line'; echo oops >&2"),
                         R"("restart": "never", "streams": "separate", "log": {"inherit": "bare"})"));
    auto how = daemon.command({"--log-level", "error"});
    daemon.start(how);
    daemon.worker_in("w", "exited");
    CHECK(eventually([&] { return daemon.process().out() == "{\"a\":1}\nhalf a line\n"; }));
    CHECK(eventually([&] { return daemon.process().err() == "oops\n"; }));
    CHECK_FALSE(exists(daemon.data("logs/w.log")));
    const auto none = daemon.ctl({"logs", "w"});
    CHECK(none.code == 1);
    CHECK(has(none.err, "has no log of its own"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("compression: old files become smaller, everything can still be read, and what is compressed is no worker's process") {
    constexpr int count = 60'000;
    Daemon daemon(worker("w", number_lines(count, "block"), R"("restart": "never",
        "log": {"rotateSize": "1MiB", "keep": 20, "compress": "zstd"})"));
    daemon.start_detached();
    daemon.worker_in("w", "exited");
    const auto log = daemon.data("logs/w.log");
    REQUIRE(eventually([&] { return exists(log + ".8.zst") && exists(log + ".1.zst") && !exists(log + ".1"); }));
    struct stat info {};
    REQUIRE(::stat((log + ".3.zst").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    CHECK(info.st_size < 256 * 1024);
    const auto shown = daemon.ctl({"logs", "-n", std::to_string(count), "w"});
    CHECK(shown.code == 0);
    Numbered lines;
    for_each_line(shown.out, [&](std::string_view line) { lines.line(line); });
    CHECK(lines.fault() == "");
    CHECK(lines.next() == count);
    CHECK_FALSE(has(daemon.log(), "belong to no worker"));
    CHECK(daemon.ctl({"stop"}).code == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("compression: a stop does not wait for it, and the next talosd goes on") {
    Daemon daemon(worker("w", number_lines(3'000'000, "block"), R"("restart": "never",
        "log": {"format": "raw", "rotateSize": "20MiB", "keep": 50, "compress": "zstd"})"));
    daemon.start();
    const auto log = daemon.data("logs/w.log");
    REQUIRE(eventually([&] { return exists(log + ".3") || exists(log + ".3.zst"); }));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
    CHECK_FALSE(has(daemon.log(), "belong to no worker"));
    for (const auto& entry : std::filesystem::directory_iterator(daemon.data("logs")))
        CHECK_FALSE(entry.path().extension() == ".tmp");
    daemon.configure(worker("w", shell("echo again; exec sleep 120"),
                            R"("log": {"format": "raw", "rotateSize": "20MiB", "keep": 50, "compress": "zstd"})"));
    daemon.start();
    CHECK(eventually([&] {
        bool plain = false;
        for (unsigned number = 1; number <= 50; ++number) plain = plain || exists(log + "." + std::to_string(number));
        return !plain && exists(log + ".1.zst");
    }));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("streams joined: the order between stdout and stderr is kept") {
    Daemon daemon(worker("w", shell("for i in 1 2 3 4 5 6 7 8 9; do echo out$i; echo err$i >&2; done"),
                         R"("restart": "never", "log": {"format": "raw"})"));
    daemon.start();
    daemon.worker_in("w", "exited");
    std::string expected;
    for (int i = 1; i <= 9; ++i) expected += "out" + std::to_string(i) + "\nerr" + std::to_string(i) + "\n";
    CHECK(daemon.worker_log("w") == expected);
    CHECK(daemon.stop() == 0);
}

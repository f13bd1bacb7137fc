// Whatever the workers write arrives: every number once, in order, unbroken.
#include "support/catch.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/numbered.hpp"
#include <algorithm>
#include <boost/regex.hpp>
#include <csignal>
#include <filesystem>

using namespace talos::test;

namespace {

constexpr std::uint64_t many = sanitized ? 300'000 : 5'000'000;
constexpr std::uint64_t some = sanitized ? 2'000 : 20'000;

/// All files of a folder whose names begin so, in the order of what they begin with.
std::vector<std::string> in_order_of_content(const std::string& folder, const std::string& name) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (!entry.path().filename().string().starts_with(name)) continue;
        std::ifstream file(entry.path());
        std::string first(10, '\0');
        if (file.read(first.data(), 10)) found.emplace_back(first, entry.path().string());
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> paths;
    for (auto& [first, path] : found) paths.push_back(std::move(path));
    return paths;
}

}   // namespace

TEST_CASE(
    "output: five million lines through rotation, SIGUSR1, outside rotation, reloads and a talosd that is stopped for moments") {
    const auto with = [](const std::string& log) {
        return worker("w", number_lines(many, "block"),
                      R"("restart": "never", "log": {"format": "raw", "keep": 1000, )" + log + "}");
    };
    Daemon daemon(with(R"("rotateSize": "10MiB")"));
    daemon.start();
    const auto log = daemon.data("logs/w.log");
    const auto written = [&] {
        std::error_code ignored;
        return std::filesystem::file_size(log, ignored);
    };
    int moved = 0;
    std::error_code gone;
    for (int round = 0; daemon.workers().front().state != "exited"; ++round) {
        switch (round % 4) {
        case 0: daemon.process().signal(SIGUSR1); break;
        case 1:
            std::filesystem::rename(log, daemon.data("logs/w.moved" + std::to_string(moved)), gone);
            if (gone) break;   // between two steps of a rotation
            ++moved;
            daemon.process().signal(SIGUSR1);
            (void)eventually([&] { return exists(log) || daemon.workers().front().state == "exited"; });
            break;
        case 2:
            daemon.configure(with(round % 8 == 2 ? R"("rotateSize": "3MiB", "rotateEvery": "1s")" : R"("rotateSize": "7MiB")"));
            CHECK(daemon.ctl({"reload"}).code == 0);
            break;
        case 3:
            daemon.process().signal(SIGSTOP);   // as a disk that takes nothing for a moment: the pipe fills
            ::poll(nullptr, 0, 20);
            daemon.process().signal(SIGCONT);
            break;
        }
        const auto before = written();
        (void)eventually([&] { return written() != before || daemon.workers().front().state == "exited"; });
    }
    CHECK(daemon.stop() == 0);
    Numbered lines;
    const auto files = in_order_of_content(daemon.data("logs"), "w.");
    for (const auto& file : files) {
        lines.text(read_text(file));
        std::filesystem::remove(file);
    }
    CHECK(lines.fault() == "");
    CHECK(lines.next() == many);
    CHECK(files.size() > many / 150'000);
    CHECK(moved > 0);
}

TEST_CASE("output: fifty workers at once, with lines in pieces, lines by lines and blocks, as CRI readers read them") {
    std::string workers;
    for (int i = 0; i < 50; ++i) {
        const std::string mode = i % 3 == 0 ? "block" : i % 3 == 1 ? "line" : "torn";
        workers += worker("w" + std::to_string(i), number_lines(some, mode),
                          R"("restart": "never", "log": {"rotateSize": "256KiB", "keep": 100})");
    }
    Daemon daemon(workers);
    daemon.start();
    REQUIRE(eventually([&] {
        const auto all = daemon.workers();
        return std::all_of(all.begin(), all.end(), [](const auto& view) { return view.state == "exited"; });
    }));
    CHECK(daemon.stop() == 0);
    // As Fluent Bit documents it for its parser `cri`, and Promtail for its stage `cri` (where Go writes ?P< for ?<).
    const boost::regex fluent_bit("^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<logtag>[^ ]*) (?<message>.*)$");
    const boost::regex promtail("^(?s)(?<time>\\S+?) (?<stream>stdout|stderr) (?<flags>\\S+?) (?<content>.*)$");
    for (int i = 0; i < 50; ++i) {
        CAPTURE(i);
        Numbered lines;
        std::uint64_t foreign = 0;
        std::uint64_t seen = 0;
        for_each_file(daemon.data("logs/w" + std::to_string(i) + ".log"), [&](const std::string& content) {
            CHECK(content.size() <= 256 * 1024);
            for_each_line(content, [&](std::string_view line) {
                CriLine cri;
                if (!parse_cri(line, cri) || cri.partial || cri.stream != "stdout") ++foreign;
                else lines.line(cri.text);
                if (++seen % 100 != 0) return;   // they are slow
                const std::string text(line);
                for (const auto* reader : {&fluent_bit, &promtail}) {
                    boost::smatch match;
                    const bool read = boost::regex_match(text, match, *reader);
                    if (!read || match[2] != "stdout" || match[3] != "F" || match[4].str() != cri.text) ++foreign;
                }
            });
        });
        CHECK(foreign == 0);
        CHECK(lines.fault() == "");
        CHECK(lines.next() == some);
    }
}

TEST_CASE("output: separate streams are both complete, each in its order") {
    const auto count = std::to_string(some);
    const auto program = number_lines(some, "torn").front();
    Daemon daemon(worker("w", shell(program + " " + count + " torn 1 & " + program + " " + count + " line 2; wait"),
                         R"("restart": "never", "streams": "separate", "log": {"rotateSize": "1MiB", "keep": 100})"));
    daemon.start();
    daemon.worker_in("w", "exited");
    CHECK(daemon.stop() == 0);
    Numbered out;
    Numbered err;
    for_each_file(daemon.data("logs/w.log"), [&](const std::string& content) {
        for_each_line(content, [&](std::string_view line) {
            CriLine cri;
            REQUIRE(parse_cri(line, cri));
            (cri.stream == "stdout" ? out : err).line(cri.text);
        });
    });
    CHECK(out.fault() == "");
    CHECK(err.fault() == "");
    CHECK(out.next() == some);
    CHECK(err.next() == some);
}

TEST_CASE("output: what a worker has written is there when its end is published, run after run") {
    const auto program = number_lines(1, "block").front();
    Daemon daemon(
        worker("w", shell("n=$(cat n 2>/dev/null || echo 0); echo $((n+500)) >n; " + program + " 500 torn 1 $n; exit 1"),
               R"("restart": {"delay": "0s", "limit": 20}, "log": {"format": "raw", "rotateSize": "100KiB", "keep": 100})"));
    daemon.start();
    daemon.worker_in("w", "fatal");
    Numbered lines;
    for_each_file(daemon.data("logs/w.log"), [&](const std::string& content) { lines.text(content); });
    CHECK(lines.fault() == "");
    CHECK(lines.next() == 20 * 500);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("output: a talosd that is killed while it writes leaves whole lines in order, and the next one goes on behind them") {
    Daemon daemon(
        worker("w", number_lines(100'000'000, "block"), R"("log": {"format": "raw", "rotateSize": "1MiB", "keep": 1000})"));
    daemon.start();
    REQUIRE(eventually([&] { return exists(daemon.data("logs/w.log.5")); }));
    daemon.kill();
    Numbered lines;
    std::string last;
    for_each_file(daemon.data("logs/w.log"), [&](const std::string& content) {
        lines.text(last);
        last = content;
    });
    const auto whole = last.rfind('\n') + 1;   // the kernel may have stopped the very last write anywhere
    lines.text(std::string_view(last).substr(0, whole));
    CHECK(lines.fault() == "");
    CHECK(lines.next() > 50'000);
    daemon.start();
    daemon.worker_in("w", "running");
    CHECK(daemon.stop() == 0);
    std::uint64_t broken = 0;
    for_each_file(daemon.data("logs/w.log"), [&](const std::string& content) {
        for_each_line(content, [&](std::string_view line) { broken += line.size() != 99 ? 1 : 0; });
    });
    CHECK(broken <= 2);   // one that the kill may have torn, and the worker's own last words
}

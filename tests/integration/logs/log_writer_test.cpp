#include "logs/process/log_writers.hpp"
#include "logs/write/file_log.hpp"
#include "posix/processes/pidfd.hpp"
#include "support/catch.hpp"
#include "support/paths.hpp"
#include "support/temporary_directory.hpp"
#include <algorithm>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <sys/stat.h>
#include <sys/wait.h>

/// A log that a process writes: here one of this user, in a directory that is taken for another user's.
using namespace talos;
using namespace std::chrono_literals;
using Format = config::LogSpec::Format;
using OnFull = config::LogSpec::OnFull;
using logs::Flow;
using logs::Stream;

namespace {

struct Remote : logs::LogOwner {
    test::TemporaryDirectory dir;
    std::string path = dir / "logs/web.log";
    aio::asio::io_context io{1};
    posix::Spawner spawner = std::move(*posix::Spawner::create());
    std::map<pid_t, std::function<void(const ExitStatus&)>> children;
    std::vector<pid_t> started;
    std::vector<std::string> said;
    std::vector<std::string> troubles;   // empty: healed
    Flow flow_then = Flow::on;           // at the last trouble
    std::vector<std::string> notices;
    uid_t owner = ::geteuid();
    config::LogSpec spec;
    std::unique_ptr<logs::LogWriters> writers;
    std::unique_ptr<logs::FileLog> log;

    explicit Remote(const std::string& program = test::bin_dir() + "/talosd", Millis patience = 20s,
                    Millis longest_silence = 60s) {
        spec.format = Format::raw;
        writers = std::make_unique<logs::LogWriters>(logs::LogWriterSetup{
            .executor = io.get_executor(),
            .spawner = spawner,
            .started =
                [this](pid_t pid, std::function<void(const ExitStatus&)> ended) {
                    started.push_back(pid);
                    children.emplace(pid, std::move(ended));
                },
            .said = [this](const std::string& text) { said.push_back(text); },
            .program = program,
            .patience = patience,
            .longest_silence = longest_silence,
            .find = [this](const std::string& directory) { return find(directory); },
        });
    }
    ~Remote() override {
        log.reset();
        writers->end();
    }

    std::optional<posix::ForeignDirectory> find(const std::string&) const {
        const int fd = ::open(dir.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        return posix::ForeignDirectory{owner, posix::UniqueFd(fd), "logs"};
    }
    logs::FileLog& open() {
        log = std::make_unique<logs::FileLog>(spec, config::Streams::joined, path, *this, writers.get());
        return *log;
    }
    /// What the loop does, until that holds.
    bool comes(const std::function<bool()>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() >= deadline) return condition();
            io.restart();
            io.run_for(5ms);
            reap();
        }
        return true;
    }
    void reap() {
        for (auto child = children.begin(); child != children.end();) {
            const auto status = posix::reap(child->first);
            if (!status || !*status) {
                ++child;
                continue;
            }
            const auto ended = std::move(child->second);
            child = children.erase(child);
            ended(**status);
        }
    }
    bool heals() {
        return comes([this] { return log->retry() == Flow::on && log->trouble() == nullptr; });
    }
    [[nodiscard]] std::string text(const std::string& suffix = {}) const { return test::read_text(path + suffix); }
    /// A file stands where its folder should be.
    void block() const { test::write_text(dir / "logs", "a file where the folder should be"); }
    void unblock() const { std::filesystem::remove(dir / "logs"); }

    void trouble_changed(const logs::LogDestination& of) override {
        troubles.push_back(of.trouble() != nullptr ? of.trouble()->text : std::string());
        if (of.trouble() != nullptr) flow_then = of.flow();
    }
    void progressed(const logs::LogDestination&) override {}
    void old_logs(const posix::Location&, unsigned) override {}
    void noticed(const std::string& text) override { notices.push_back(text); }
    void discarded(posix::UniqueFd) override {}
};

}   // namespace

TEST_CASE("log writer: lines come to the file in their order and are rotated, and the process is started by the first one") {
    Remote web;
    web.spec.rotate_size = 100;
    web.spec.keep = 3;
    auto& log = web.open();
    CHECK(web.started.empty());
    for (int i = 0; i < 20; ++i) log.write(Stream::out, "line " + std::to_string(10 + i) + " 0123456789\n");
    REQUIRE(web.comes([&] { return web.text().find("line 29") != std::string::npos; }));
    CHECK(web.started.size() == 1);
    std::string all;
    for (const auto* suffix : {".3", ".2", ".1", ""}) all += web.text(suffix);
    for (int i = 5; i < 20; ++i) CHECK(all.find("line " + std::to_string(10 + i) + " 0123456789\n") != std::string::npos);
    CHECK(all.find("line 25") < all.find("line 26"));
    CHECK(web.text(".1").size() <= 100);
    struct stat info {};
    REQUIRE(::stat(web.path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777u) == 0600u);
    CHECK(web.troubles.empty());
}

TEST_CASE("log writer: a rotation that is asked for comes behind the lines before it") {
    Remote web;
    auto& log = web.open();
    log.write(Stream::out, "before\n");
    REQUIRE(log.rotate().has_value());
    log.write(Stream::out, "after\n");
    CHECK(web.comes([&] { return web.text() == "after\n"; }));
    CHECK(web.text(".1") == "before\n");
}

TEST_CASE("log writer: after a reopen the name gets a new file") {
    Remote web;
    auto& log = web.open();
    log.write(Stream::out, "before\n");
    REQUIRE(web.comes([&] { return web.text() == "before\n"; }));
    std::filesystem::rename(web.path, web.path + ".moved");
    log.reopen();
    log.write(Stream::out, "after\n");
    CHECK(web.comes([&] { return web.text() == "after\n"; }));
    CHECK(web.text(".moved") == "before\n");
}

TEST_CASE("log writer: old logs are compressed by the process") {
    Remote web;
    web.spec.compress = config::LogSpec::Compress::zstd;
    auto& log = web.open();
    log.write(Stream::out, "old\n");
    REQUIRE(log.rotate().has_value());
    log.write(Stream::out, "new\n");
    CHECK(web.comes([&] { return test::exists(web.path + ".1.zst") && !test::exists(web.path + ".1"); }));
    CHECK(web.text() == "new\n");
    CHECK_FALSE(test::exists(web.dir / "logs/.web.log.zst.tmp"));
    CHECK(web.notices.empty());
}

TEST_CASE("log writer: what could not be written is counted, marked, and writing heals by itself") {
    Remote web;
    web.block();
    auto& log = web.open();
    CHECK(log.write(Stream::out, "one\ntwo\n") == Flow::on);
    REQUIRE(web.comes([&] { return !web.troubles.empty(); }));
    CHECK(web.troubles.front().find(web.dir / "logs") != std::string::npos);
    CHECK(log.write(Stream::out, "three\n") == Flow::on);
    CHECK(log.dropped_lines() == 3);
    CHECK(log.dropped_bytes() == 14);
    (void)log.retry();
    CHECK(web.comes([&] { return log.flow() == Flow::on; }));   // tried in vain
    CHECK(web.troubles.size() == 1);
    web.unblock();
    REQUIRE(web.heals());
    log.write(Stream::out, "four\n");
    REQUIRE(web.comes([&] { return web.text().find("four\n") != std::string::npos; }));
    CHECK(web.text().find("talos: 3 lines, 14 bytes dropped from 20") == 0);
    CHECK(log.dropped_lines() == 3);
    CHECK(web.troubles.size() == 2);
    CHECK(web.troubles.back().empty());
}

TEST_CASE("log writer: with block nothing is dropped, and the order stays") {
    Remote web;
    web.spec.on_full = OnFull::block;
    web.block();
    auto& log = web.open();
    log.write(Stream::out, "one\n");
    REQUIRE(web.comes([&] { return log.flow() == Flow::wait && log.trouble() != nullptr; }));
    CHECK(log.write(Stream::out, "two\nlast words") == Flow::wait);   // of a run that ended
    log.end_of_run();
    web.unblock();
    REQUIRE(web.heals());
    CHECK(web.comes([&] { return web.text() == "one\ntwo\nlast words\n"; }));
    CHECK(log.dropped_lines() == 0);
}

TEST_CASE("log writer: a flood is not lost and not held in memory, the worker waits") {
    Remote web;
    web.spec.rotate_size = 1u << 30;
    auto& log = web.open();
    const std::string block(64 * 1024 - 1, 'x');
    std::size_t written = 0;
    for (int i = 0; i < 300; ++i) {
        if (log.flow() == Flow::wait) REQUIRE(web.comes([&] { return log.flow() == Flow::on; }));
        log.write(Stream::out, block + "\n");
        written += block.size() + 1;
    }
    CHECK(web.comes([&] { return test::exists(web.path) && std::filesystem::file_size(web.path) == written; }));
    CHECK(log.dropped_lines() == 0);
    CHECK(web.troubles.empty());
}

TEST_CASE("log writer: one that is stopped is a log that cannot be written, is woken, and what it had is written once") {
    const auto on_full = GENERATE(OnFull::drop, OnFull::block);
    Remote web(test::bin_dir() + "/talosd", 200ms);
    web.spec.on_full = on_full;
    auto& log = web.open();
    log.write(Stream::out, "one\n");
    REQUIRE(web.comes([&] { return web.text() == "one\n"; }));
    for (int round = 0; round < 3; ++round) {
        REQUIRE(::kill(web.started.front(), SIGSTOP) == 0);
        const auto before = web.troubles.size();
        log.write(Stream::out, "while it was stopped\n");
        REQUIRE(web.comes([&] { return web.troubles.size() > before; }));
        CHECK(web.troubles.at(before).find("does not answer") != std::string::npos);
        CHECK(web.flow_then == (on_full == OnFull::block ? Flow::wait : Flow::on));
        REQUIRE(web.comes([&] { return log.trouble() == nullptr; }));
    }
    log.write(Stream::out, "last\n");
    CHECK(
        web.comes([&] { return web.text() == "one\nwhile it was stopped\nwhile it was stopped\nwhile it was stopped\nlast\n"; }));
    CHECK(log.dropped_lines() == 0);
    CHECK(web.started.size() == 1);
}

TEST_CASE("log writer: one that is killed is started again, and lines go by the log's policy") {
    const auto on_full = GENERATE(OnFull::drop, OnFull::block);
    Remote web;
    web.spec.on_full = on_full;
    auto& log = web.open();
    log.write(Stream::out, "one\n");
    REQUIRE(web.comes([&] { return web.text() == "one\n"; }));
    REQUIRE(::kill(web.started.front(), SIGKILL) == 0);
    REQUIRE(web.comes([&] { return !web.said.empty(); }));
    CHECK(web.said.front().find("ended with SIGKILL") != std::string::npos);
    CHECK(log.trouble() == nullptr);   // nothing was lost by that
    log.write(Stream::out, "two\n");   // too soon for another one
    REQUIRE(log.trouble() != nullptr);
    REQUIRE(web.heals());
    CHECK(web.started.size() == 2);
    log.write(Stream::out, "three\n");
    REQUIRE(web.comes([&] { return web.text().find("three\n") != std::string::npos; }));
    if (on_full == OnFull::block) CHECK(web.text() == "one\ntwo\nthree\n");
    else CHECK(web.text().find("one\ntalos: 1 lines, 4 bytes dropped") == 0);
}

TEST_CASE("log writer: one that never answers is killed") {
    Remote web(test::program("lying_writer"), 100ms, 300ms);
    web.owner = 4000000003u;
    auto& log = web.open();
    log.write(Stream::out, "one\n");
    REQUIRE(web.comes([&] { return !web.troubles.empty(); }));
    CHECK(web.troubles.front().find("does not answer") != std::string::npos);
    REQUIRE(web.comes([&] { return !web.said.empty(); }));
    CHECK(web.said.front().find("ended with SIGKILL") != std::string::npos);
    CHECK(log.dropped_lines() == 1);
}

TEST_CASE("log writer: an answer that cannot be true ends the process and is believed in nothing") {
    const uid_t what = GENERATE(0u, 1u, 2u);
    Remote web(test::program("lying_writer"));
    web.owner = 4000000000u + what;
    auto& log = web.open();
    log.write(Stream::out, "one\n");
    REQUIRE(web.comes([&] { return !web.troubles.empty(); }));
    CHECK(web.troubles.front().find("cannot be true") != std::string::npos);
    CHECK(log.dropped_lines() == 1);
    CHECK(web.comes([&] { return web.children.empty(); }));
}

TEST_CASE("log writer: at the end of talosd what was taken is written, and what is not in time counts as dropped") {
    const bool stopped = GENERATE(false, true);
    Remote web;
    auto& log = web.open();
    log.write(Stream::out, "one\n");
    REQUIRE(web.comes([&] { return web.text() == "one\n"; }));
    if (stopped) REQUIRE(::kill(web.started.front(), SIGSTOP) == 0);
    std::string rest;
    for (int i = 0; i < 20'000; ++i) rest += "0123456789 0123456789\n";
    log.write(Stream::out, rest);
    web.writers->flush(stopped ? Millis{200} : Millis{30'000});
    log.finish();
    CHECK(web.text() == (stopped ? "one\n" : "one\n" + rest));
    CHECK(log.dropped_lines() == (stopped ? 20'000u : 0u));
    CHECK((log.trouble() != nullptr) == stopped);
    const auto begin = std::chrono::steady_clock::now();
    web.writers->end();
    CHECK(std::chrono::steady_clock::now() - begin < 20s);
}

TEST_CASE(
    "log writer: a log that ends while its lines are under way is written all the same, and the next one of its name follows") {
    Remote web;
    std::string lines;
    for (int i = 0; i < 20'000; ++i) lines += "0123456789 0123456789\n";
    web.open().write(Stream::out, lines);
    web.log->finish();
    web.log.reset();
    web.open().write(Stream::out, "next\n");
    CHECK(web.comes([&] { return web.text() == lines + "next\n"; }));
    CHECK(web.troubles.empty());
    CHECK(web.said.empty());
}

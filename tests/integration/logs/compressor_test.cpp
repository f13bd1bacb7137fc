#include "logs/files/log_series.hpp"
#include "logs/write/compressor.hpp"
#include "posix/processes/pidfd.hpp"
#include "support/catch.hpp"
#include "support/paths.hpp"
#include "support/temporary_directory.hpp"
#include <fcntl.h>
#include <filesystem>
#include <sys/wait.h>

using namespace talos;

namespace {

struct Compressing {
    test::TemporaryDirectory dir;
    std::string path = dir / "web.log";
    aio::asio::io_context io{1};
    posix::Spawner spawner = std::move(*posix::Spawner::create());
    std::vector<pid_t> helpers;
    std::vector<std::string> failures;
    logs::Compressor compressor;

    explicit Compressing(const std::string& program = test::bin_dir() + "/talosd", logs::Compressor::Limits limits = {})
        : compressor(
              io.get_executor(), spawner,
              {[this](pid_t pid) { helpers.push_back(pid); }, [this](const std::string& text) { failures.push_back(text); }},
              program, limits) {}
    ~Compressing() {
        compressor.stop();
        for (const pid_t pid : helpers) ::waitpid(pid, nullptr, 0);
    }
    void old(unsigned number, const std::string& text) const { test::write_text(logs::old_log(path, number), text); }
    [[nodiscard]] std::string content(unsigned number) const {
        const int fd = ::open(logs::compressed_log(path, number).c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) return "missing";
        auto log = logs::CompressedLog::open(posix::UniqueFd{fd}, path);
        REQUIRE(log.has_value());
        std::string text(log->size(), '\0');
        REQUIRE(log->pread(text.data(), text.size(), 0).has_value());
        return text;
    }
    /// Names of what is there.
    [[nodiscard]] std::string listing() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(dir.path()))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        std::string all;
        for (const auto& name : names) all.append(all.empty() ? "" : " ").append(name);
        return all;
    }
};

}   // namespace

TEST_CASE("compressor: all old ones are compressed, the current one is not") {
    Compressing web;
    web.old(0, "current\n");
    web.old(1, "newest\n");
    web.old(3, "oldest\n");
    std::filesystem::last_write_time(web.path + ".1", std::filesystem::file_time_type::clock::now() - std::chrono::hours(5));
    const auto written = std::filesystem::last_write_time(web.path + ".1");
    web.compressor.add(web.path, 5);
    web.io.run();
    CHECK(web.listing() == "web.log web.log.1.zst web.log.3.zst");
    CHECK(web.content(1) == "newest\n");
    CHECK(web.content(3) == "oldest\n");
    CHECK(std::filesystem::last_write_time(web.path + ".1.zst") == written);
    CHECK(web.helpers.size() == 2);
    CHECK(web.failures.empty());
    CHECK(web.compressor.idle());
}

TEST_CASE("compressor: a rotation while it works does not mix up the files") {
    Compressing web;
    web.old(1, "one\n");
    web.compressor.add(web.path, 5);
    web.old(0, "two\n");
    REQUIRE(logs::shift_logs(web.path, 5, true).has_value());
    web.compressor.add(web.path, 5);
    web.io.run();
    CHECK(web.listing() == "web.log.1.zst web.log.2.zst");
    CHECK(web.content(1) == "two\n");
    CHECK(web.content(2) == "one\n");
    web.old(0, "three\n");
    REQUIRE(logs::shift_logs(web.path, 2, true).has_value());
    CHECK(web.listing() == "web.log.1 web.log.2.zst");
    CHECK(web.content(2) == "two\n");
}

TEST_CASE("compressor: what has left the series meanwhile is forgotten") {
    Compressing web;
    web.old(1, "one\n");
    web.compressor.add(web.path, 1);
    web.old(0, "two\n");
    REQUIRE(logs::shift_logs(web.path, 1, true).has_value());
    web.io.run();
    CHECK(web.listing() == "web.log.1.zst");
    CHECK(web.content(1) == "two\n");
}

TEST_CASE("compressor: a failure leaves the plain file and is told once") {
    Compressing web("/bin/false");
    web.old(1, "one\n");
    for (int n = 0; n < 3; ++n) {
        web.compressor.add(web.path, 5);
        web.io.restart();
        web.io.run();
    }
    CHECK(web.listing() == "web.log.1");
    REQUIRE(web.failures.size() == 1);
    CHECK(web.failures.front().find("the helper died; the file stays as it is") != std::string::npos);
}

TEST_CASE("compressor: stopped in the middle, nothing of it stays") {
    Compressing web("/bin/cat");   // says nothing, ends at the end of its input
    web.old(1, std::string(1 << 20, 'x'));
    web.compressor.add(web.path, 5);
    CHECK_FALSE(web.compressor.idle());
    web.compressor.stop();
    web.io.run();
    CHECK(web.listing() == "web.log.1");
    CHECK(web.failures.empty());
}

TEST_CASE("compressor: a helper that gets no further is ended, and the next log has its turn") {
    test::TemporaryDirectory programs;
    // As talosd would be, but one that is stuck: it is told apart by what it reads.
    test::write_text(programs / "helper", "#!/bin/sh\nread first\n[ \"$first\" = stuck ] && exec /bin/sleep 600\nexec " +
                                              test::bin_dir() + "/talosd --compress-log\n");
    std::filesystem::permissions(programs / "helper", std::filesystem::perms::owner_all);
    Compressing web(programs / "helper", {.patience = std::chrono::seconds{3}});
    web.old(1, "stuck\n");
    test::write_text(web.dir / "other.log.1", "fine\n");
    web.compressor.add(web.path, 5);
    web.compressor.add(web.dir / "other.log", 5);
    web.io.run();
    CHECK(web.listing() == "other.log.1.zst web.log.1");
    REQUIRE(web.failures.size() == 1);
    CHECK(web.failures.front().find("the helper got no further; the file stays as it is") != std::string::npos);
}

namespace {

/// A program of the shell in the helper's place.
struct Script {
    test::TemporaryDirectory dir;
    std::string path = dir / "helper";
    explicit Script(const std::string& text) {
        test::write_text(path, "#!/bin/sh\n" + text + "\n");
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    }
};

}   // namespace

TEST_CASE("compressor: a helper that floods its answer is ended, and little of that is kept") {
    const Script flood("i=0; while [ $i -lt 20000 ]; do echo 0123456789012345678901234567890123456789 >&2; i=$((i+1)); done");
    Compressing web(flood.path);
    web.old(1, "one\n");
    web.compressor.add(web.path, 5);
    web.io.run();
    CHECK(web.listing() == "web.log.1");
    REQUIRE(web.failures.size() == 1);
    CHECK(web.failures.front().find("the helper said more than it has to say; the file stays as it is") != std::string::npos);
    CHECK(web.failures.front().size() < 1000);
}

TEST_CASE("compressor: a helper that always gets further is ended, too") {
    const Script slow("i=0; while [ $i -lt 150 ]; do echo x; sleep 0.1; i=$((i+1)); done");
    Compressing web(slow.path, {.patience = std::chrono::minutes{1}, .total = std::chrono::seconds{1}});
    web.old(1, "one\n");
    web.compressor.add(web.path, 5);
    web.io.run();
    CHECK(web.listing() == "web.log.1");
    REQUIRE(web.failures.size() == 1);
    CHECK(web.failures.front().find("the helper took too long; the file stays as it is") != std::string::npos);
}

TEST_CASE("compressor: each helper has its cgroup asked for, and what is left there ended with it") {
    Compressing web;
    unsigned entered = 0;
    unsigned left = 0;
    logs::Compressor::Callbacks callbacks;
    callbacks.started = [&](pid_t pid) { web.helpers.push_back(pid); };
    callbacks.failed = [&](const std::string& text) { web.failures.push_back(text); };
    callbacks.enter = [&] { return ++entered, posix::UniqueFd{}; };
    callbacks.leave = [&] { ++left; };
    logs::Compressor own(web.io.get_executor(), web.spawner, std::move(callbacks), test::bin_dir() + "/talosd");
    web.old(1, "one\n");
    web.old(2, "two\n");
    own.add(web.path, 5);
    web.io.run();
    CHECK(web.listing() == "web.log.1.zst web.log.2.zst");
    CHECK(entered == 2);
    CHECK(left == 2);
}

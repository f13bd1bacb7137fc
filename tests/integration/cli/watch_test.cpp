#include "cli/session/daemon_watch.hpp"
#include "cli/session/output.hpp"
#include "cli/session/watch.hpp"
#include "posix/processes/descriptors.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/inotify.h>

using namespace talos;
using namespace talos::cli;
using namespace talos::test;
namespace fs = std::filesystem;

namespace {

SteadyTime soon() { return std::chrono::steady_clock::now() + std::chrono::seconds{20}; }
SteadyTime now() { return std::chrono::steady_clock::now(); }

// Replaces as talosd does: beside it, then in one step.
void replace_file(const std::string& path) {
    write_text(path + ".tmp", "x");
    fs::rename(path + ".tmp", path);
}

}   // namespace

TEST_CASE("daemon watch: a replaced status.json wakes, other files do not") {
    const TemporaryDirectory folder;
    const client::DaemonManager manager{folder.path()};
    auto watch = DaemonWatch::create(manager.files());
    REQUIRE(watch.has_value());
    REQUIRE(watch->probe(manager).has_value());
    write_text(folder / "events.jsonl", "x");
    write_text(folder / ".status.json.1.tmp", "x");
    CHECK(watch->wait(now()) == DaemonWatch::What::time);
    replace_file(folder / "status.json");
    CHECK(watch->wait(soon()) == DaemonWatch::What::changed);
    fs::remove(folder / "status.json");
    CHECK(watch->wait(soon()) == DaemonWatch::What::changed);
}

TEST_CASE("daemon watch: a data directory that is made later is noticed, however deep") {
    const TemporaryDirectory folder;
    const client::DaemonManager manager{folder / "a/b/.talos"};
    auto watch = DaemonWatch::create(manager.files());
    REQUIRE(watch.has_value());
    REQUIRE(watch->probe(manager).has_value());
    fs::create_directories(manager.files().path());
    CHECK(watch->wait(soon()) == DaemonWatch::What::changed);
    REQUIRE(watch->probe(manager).has_value());
    while (watch->wait(now()) == DaemonWatch::What::changed) REQUIRE(watch->probe(manager).has_value());
    replace_file(manager.status_file());
    CHECK(watch->wait(soon()) == DaemonWatch::What::changed);
}

TEST_CASE("daemon watch: a removed data directory is noticed, and so is its return") {
    const TemporaryDirectory folder;
    const client::DaemonManager manager{folder / ".talos"};
    fs::create_directory(manager.files().path());
    auto watch = DaemonWatch::create(manager.files());
    REQUIRE(watch.has_value());
    REQUIRE(watch->probe(manager).has_value());
    fs::remove_all(manager.files().path());
    CHECK(watch->wait(soon()) == DaemonWatch::What::changed);
    REQUIRE(watch->probe(manager).has_value());
    while (watch->wait(now()) == DaemonWatch::What::changed) REQUIRE(watch->probe(manager).has_value());
    fs::create_directory(manager.files().path());
    CHECK(watch->wait(soon()) == DaemonWatch::What::changed);
}

TEST_CASE("waiting: a reader that goes away wakes the writer") {
    auto pipe = posix::make_pipe();
    REQUIRE(pipe.has_value());
    CHECK_FALSE(wait_for({-1}, now(), pipe->write.get()).reader_gone);
    pipe->read.reset();
    CHECK(wait_for({-1}, soon(), pipe->write.get()).reader_gone);
}

TEST_CASE("output: a reader that went away ends the output without an error") {
    (void)std::signal(SIGPIPE, SIG_IGN);
    auto pipe = posix::make_pipe();
    REQUIRE(pipe.has_value());
    Output output{pipe->write.get()};
    output.text = "one\n";
    CHECK(output.flush());
    pipe->read.reset();
    output.text = "two\n";
    CHECK_FALSE(output.flush());
    CHECK_FALSE(output.open());
    CHECK_FALSE(output.failure().has_value());
}

TEST_CASE("output: a full disk is an error") {
    const posix::UniqueFd full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
    REQUIRE(full);
    Output output{full.get()};
    output.text = "text\n";
    CHECK_FALSE(output.flush());
    REQUIRE(output.failure().has_value());
    CHECK(output.failure()->errno_value() == ENOSPC);
}

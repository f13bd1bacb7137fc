// Code that believed such a file could signal every process of the machine; therefore the worst ones are tried only in a PID
// namespace of their own: this program runs itself in one.
#include "fake_daemon.hpp"
#include "support/skip.hpp"
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

using namespace talos;
using namespace talos::client;
using namespace talos::state;
using namespace talos::test;

namespace {

constexpr const char* outer_namespace = "TALOS_TEST_OUTER_PID_NAMESPACE";

bool in_own_namespace() {
    const char* outer = std::getenv(outer_namespace);
    return outer != nullptr && std::to_string(posix::pid_namespace()) != outer && ::getpid() < 10;
}

std::vector<std::string> namespaced(std::vector<std::string> command) {
    std::vector<std::string> argv{"unshare", "--pid", "--fork", "--mount-proc", "--kill-child"};
    if (::geteuid() != 0) argv.insert(argv.end(), {"--user", "--map-root-user"});
    argv.insert(argv.end(), command.begin(), command.end());
    return argv;
}

std::optional<ExitStatus> run(std::vector<std::string> argv) {
    Child child(std::move(argv),
                {std::string(outer_namespace) + "=" + std::to_string(posix::pid_namespace()), "TALOS_BIN_DIR=" + bin_dir()});
    return child.wait();
}

/// Probes a daemon of which only this PID file exists, and stops it: no process gets a signal, and the file goes.
void try_content(const std::string& content, bool stranger_in_it = false) {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    auto stranger = sleeper();
    auto group_mate = sleeper();
    write_text(manager.pid_file(), stranger_in_it ? std::to_string(stranger.pid()) : content);
    CAPTURE(content);
    CHECK_FALSE(manager.is_running());
    CHECK_FALSE(manager.status());
    CHECK(manager.probe().state == Probe::State::dead);
    const auto stopped = manager.stop(GENERATE(false, true) ? forced() : within(Millis{1'000}));
    REQUIRE(stopped);
    CHECK_FALSE(stopped->was_running);
    CHECK(stopped->survivors == 0);
    CHECK(stranger.alive());
    CHECK(group_mate.alive());
    CHECK_FALSE(exists(manager.pid_file()));
}

}   // namespace

TEST_CASE("hostile PID file: every content, inside the namespace", "[.hostile]") {
    using namespace std::string_literals;
    for (const auto& content : {"abc"s, "123abc"s, std::string(40, '7'), "\0\0\0\0"s, "4194305"s, ""s}) try_content(content);
    try_content("a live stranger", true);
    if (!in_own_namespace()) return;
    for (const auto& content : {"-1"s, "-1\n"s, "0"s, "1"s, "1\n"s, "4294967295"s, "4294967297"s}) try_content(content);
}

TEST_CASE("hostile PID file: -1, 0, 1, words, 40 digits, NULs, nothing and a live stranger's PID signal nobody") {
    const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
    const std::vector<std::string> command{self, "[hostile]"};
    const auto possible = run(namespaced({"true"}));
    if (!possible || !possible->clean()) TALOS_SKIP("needs PID namespaces");
    const auto status = run(namespaced(command));
    REQUIRE(status.has_value());
    CHECK(to_text(*status) == "exit code 0");
}

TEST_CASE("hostile PID file: a locked one signals nobody either, whatever it holds") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    auto stranger = sleeper();
    auto lock = posix::open_process(stranger.identity());
    REQUIRE(lock);
    const auto started = manager.start(fake());
    REQUIRE(started);
    const auto text = GENERATE(as<std::string>{}, "stranger", "abc", "");
    const auto before = read_text(manager.pid_file());
    {
        // in place, as the lock is the file's
        std::ofstream file(manager.pid_file(), std::ios::in | std::ios::out | std::ios::trunc);
        file << (text == "stranger" ? std::to_string(stranger.pid()) : text);
    }
    CHECK(manager.is_running());
    CHECK(manager.probe().state == Probe::State::starting);
    CHECK_FALSE(manager.stop(within(Millis{1'000})));
    CHECK(stranger.alive());
    CHECK(manager.is_running());
    write_text(manager.pid_file(), before);
    CHECK(manager.stop(within(Millis{20'000})));
}

TEST_CASE("hostile PID file: a directory or a FIFO in its place is named, and nothing is touched") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    const bool fifo = GENERATE(true, false);
    if (fifo) REQUIRE(::mkfifo(manager.pid_file().c_str(), 0600) == 0);
    else std::filesystem::create_directory(manager.pid_file());
    CHECK(manager.probe().state == Probe::State::unknown);
    CHECK(manager.probe().reason.find(manager.pid_file()) != std::string::npos);
    const auto stopped = manager.stop({});
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().message().find(manager.pid_file()) != std::string::npos);
    CHECK_FALSE(manager.cleanup());
    CHECK_FALSE(manager.start(fake()));
    CHECK(exists(manager.pid_file()));
}

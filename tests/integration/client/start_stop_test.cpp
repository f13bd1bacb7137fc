#include "fake_daemon.hpp"
#include "posix/processes/process_tree.hpp"
#include "state/pid_file.hpp"
#include <sys/stat.h>
#include <unistd.h>

using namespace talos;
using namespace talos::client;
using namespace talos::state;
using namespace talos::test;
using State = Probe::State;

TEST_CASE("start: returns once the daemon is up, absolute paths reach it from any directory") {
    const TemporaryDirectory dir;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(dir.path());
    const DaemonManager manager;   // ./.talos
    auto options = fake();
    options.config_path = "talos.json";
    std::vector<std::string> said;
    options.progress = [&](const std::string& line) { said.push_back(line); };
    const auto started = manager.start(options);
    const auto found = manager.probe();
    std::filesystem::current_path(before);

    REQUIRE(started);
    CHECK_FALSE(started->already);
    CHECK(said == std::vector<std::string>{"about to start", "spawning"});
    REQUIRE(found.state == State::running);
    CHECK(found.document->head.identity.pid == started->pid);
    const auto place = std::filesystem::canonical(dir.path()).string();
    CHECK(found.document->head.config_path == place + "/talos.json");
    const DaemonManager elsewhere(place + "/.talos");
    CHECK(elsewhere.is_running());

    const auto again = elsewhere.start(fake());
    REQUIRE(again);
    CHECK(again->already);
    CHECK(again->pid == started->pid);
    const auto stopped = elsewhere.stop({});
    REQUIRE(stopped);
    CHECK(stopped->was_running);
    CHECK_FALSE(stopped->killed);
    CHECK(stopped->survivors == 0);
    CHECK(elsewhere.probe().state == State::not_running);
    CHECK(exists(elsewhere.log_file()));
}

TEST_CASE("start: what talosd says is wrong is what start says") {
    const TemporaryDirectory dir;
    const auto started = DaemonManager(dir.path()).start(fake({"error"}));
    REQUIRE_FALSE(started);
    CHECK(started.error().message() == "talos.json:1:1: not to my taste");
}

TEST_CASE("start: a talosd that dies without a word is reported with its exit and the log to look into") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    const auto started = manager.start(fake({"die"}));
    REQUIRE_FALSE(started);
    CHECK(started.error().message().find("exit code 3") != std::string::npos);
    CHECK(started.error().message().find(manager.log_file()) != std::string::npos);
}

TEST_CASE("start: one that does not report in time is named and left alone") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    auto options = fake({"silent"});
    options.timeout = Millis{100};
    const auto started = manager.start(options);
    REQUIRE_FALSE(started);
    CHECK(started.error().message().find("has reported nothing for 100ms") != std::string::npos);
    REQUIRE(eventually([&] { return manager.probe().state == State::running; }));
    CHECK(manager.stop(within(Millis{20'000})));
}

TEST_CASE("start: a talosd that is not there, and a directory that cannot be, are named") {
    const TemporaryDirectory dir;
    auto options = fake();
    options.talosd = dir / "no/such/talosd";
    const auto missing = DaemonManager(dir.path()).start(options);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message().find(options.talosd + ": No such file or directory") != std::string::npos);

    write_text(dir / "file", "");
    const auto in_file = DaemonManager(dir / "file").start(fake());
    REQUIRE_FALSE(in_file);
    CHECK(in_file.error().message().find((dir / "file") + ": Not a directory") != std::string::npos);
}

TEST_CASE("start: a daemon.log that is no regular file is put aside and named, and talosd started with a fresh one") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    REQUIRE(::mkfifo(manager.log_file().c_str(), 0600) == 0);
    auto options = fake();
    std::string told;
    options.progress = [&](const std::string& text) { told += text; };
    CHECK(manager.start(options));
    CHECK(told.find(manager.log_file() + " is a FIFO") != std::string::npos);
    CHECK(std::filesystem::is_fifo(manager.log_file() + ".refused-1"));
    CHECK(std::filesystem::is_regular_file(manager.log_file()));
    CHECK(manager.stop(within(Millis{20'000})));
}

TEST_CASE("start after a crash: the old files do not keep the next daemon from starting") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    const auto first = start_fake(manager);
    crash(manager);
    CHECK(manager.probe().state == State::dead);
    CHECK(manager.probe().document);
    CHECK(start_fake(manager) != first);
    CHECK(manager.stop(within(Millis{20'000})));
}

TEST_CASE("a daemon that holds the lock and cannot be identified: unknown after patience, and no process is signalled") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    const auto started = manager.start(fake({"unnamed"}));
    REQUIRE(started);
    CHECK(manager.probe().state == State::starting);
    const auto stopped = manager.stop(within(Millis{20'000}));
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().message().find("cannot be identified") != std::string::npos);
    CHECK(manager.is_running());
    const auto again = manager.start(fake());
    REQUIRE_FALSE(again);
    CHECK(again.error().message().find(manager.pid_file()) != std::string::npos);

    auto pidfd = posix::pidfd_open(started->pid);   // our own unreaped child
    REQUIRE(pidfd);
    REQUIRE(posix::send_signal(*pidfd, SIGTERM));
    REQUIRE(eventually([&] { return posix::has_ended(*pidfd); }));
    (void)posix::reap(*pidfd);
}

TEST_CASE("probe: one that is starting is waited for") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    auto lock = PidFile::acquire(manager.pid_file());
    REQUIRE(lock);
    REQUIRE(lock->write(::getpid()));
    auto document = a_document(a_run());
    document.head.identity = posix::own_identity().value();
    const pid_t writer = ::fork();
    REQUIRE(writer >= 0);
    if (writer == 0) ::_exit(manager.write_status(document) ? 0 : 1);   // before or after the first look: the answer is the same
    CHECK(manager.probe_settled(Millis{20'000}).state == State::running);
    REQUIRE(eventually([&] { return posix::reap(writer).value().has_value(); }));
}

TEST_CASE("stop: a suspended daemon is woken and stops gracefully") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    const auto pid = start_fake(manager);
    REQUIRE(posix::send_signal(pidfd_of(manager.status().value()), SIGSTOP));
    REQUIRE(eventually([&] { return posix::read_stat(pid)->state == 'T'; }));
    const auto stopped = manager.stop(within(Millis{20'000}));
    REQUIRE(stopped);
    CHECK_FALSE(stopped->killed);
}

TEST_CASE("stop: where nothing runs there is nothing to do") {
    const TemporaryDirectory dir;
    const auto stopped = DaemonManager(dir / "none").stop({});
    REQUIRE(stopped);
    CHECK_FALSE(stopped->was_running);
    CHECK_FALSE(exists(dir / "none"));
}

TEST_CASE("stop: a status that is no document keeps nobody from cleaning up") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    REQUIRE(manager.write_pid(4'194'304));
    const auto text = GENERATE(as<std::string>{}, "", "{\"schema\":1", "\0\0", "{\"schema\":99}");
    write_text(manager.status_file(), text);
    CHECK(manager.probe().state == State::dead);
    CHECK_FALSE(manager.probe().document);
    CHECK(manager.stop({}));
    CHECK_FALSE(exists(manager.pid_file()));
    CHECK_FALSE(exists(manager.status_file()));
}

TEST_CASE("stop: when the PID file was replaced under a running daemon, its workers are not taken for leftovers") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    start_fake(manager, {"worker"});
    const auto document = manager.status();
    REQUIRE(document);
    std::filesystem::remove(manager.pid_file());
    write_text(manager.pid_file(), std::to_string(document->head.identity.pid) + "\n");
    const auto stopped = manager.stop({});
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().message().find("was removed or replaced") != std::string::npos);
    CHECK(manager.cleanup().error().errno_value() == EBUSY);
    CHECK_FALSE(find_survivors(*document).empty());
    CHECK(exists(manager.status_file()));

    const auto pidfd = pidfd_of(*document);
    REQUIRE(posix::send_signal(pidfd, SIGKILL));
    REQUIRE(eventually([&] { return posix::has_ended(pidfd); }));
    (void)posix::reap(pidfd);
    CHECK(manager.stop(forced()));
    CHECK(find_survivors(*document).empty());
}

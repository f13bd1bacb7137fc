// One test (at least) for each row of the contract's table "what goes wrong in the outline, and must not here", named after it.
#include "fake_daemon.hpp"
#include "posix/descent/mark_search.hpp"
#include "posix/processes/process_tree.hpp"
#include "state/pid_file.hpp"
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace talos;
using namespace talos::client;
using namespace talos::state;
using namespace talos::test;
using State = Probe::State;

namespace {

/// Runs `body` in a forked child and gives its answer as an exit code.
template <class Body>
int in_child(Body body) {
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) ::_exit(body());
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

StatusDocument naming(const posix::ProcessIdentity& identity) {
    auto document = a_document(a_run());
    document.head.identity = identity;
    return document;
}

}   // namespace

TEST_CASE("row 1, a PID file alone says who runs: the PID of a live stranger in an unlocked file is a dead daemon") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    auto stranger = sleeper();
    write_text(manager.pid_file(), std::to_string(stranger.pid()) + "\n");
    CHECK_FALSE(manager.is_running());
    CHECK(manager.probe().state == State::dead);
    CHECK(manager.read_pid().value() == stranger.pid());
    const auto stopped = manager.stop(within(Millis{20'000}));
    REQUIRE(stopped);
    CHECK_FALSE(stopped->was_running);
    CHECK(stopped->survivors == 0);
    CHECK(stranger.alive());
    CHECK_FALSE(exists(manager.pid_file()));
}

TEST_CASE("row 1, PIDs are reused: a process that only has the recorded PID is not the daemon and gets no signal") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    auto stranger = sleeper();
    auto identity = stranger.identity();
    identity.start_ticks -= 1;
    auto lock = PidFile::acquire(manager.pid_file());
    REQUIRE(lock);
    REQUIRE(lock->write(stranger.pid()));
    REQUIRE(manager.write_status(naming(identity)));
    CHECK(manager.probe().state == State::starting);
    CHECK_FALSE(manager.status());
    const auto settled = manager.probe_settled(Millis{30});
    CHECK(settled.state == State::unknown);
    CHECK(settled.reason.find(manager.pid_file()) != std::string::npos);
    CHECK_FALSE(manager.stop(within(Millis{20'000})));
    CHECK(stranger.alive());
    CHECK(exists(manager.pid_file()));
}

TEST_CASE("row 1: a status of another boot or another PID namespace names nobody here") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    auto stranger = sleeper();
    auto lock = PidFile::acquire(manager.pid_file());
    REQUIRE(lock);
    REQUIRE(lock->write(stranger.pid()));
    auto identity = stranger.identity();
    identity.boot_id = "another";
    REQUIRE(manager.write_status(naming(identity)));
    CHECK(manager.probe().state == State::starting);

    identity = stranger.identity();
    identity.pid_namespace += 1;
    REQUIRE(manager.write_status(naming(identity)));
    const auto found = manager.probe();
    CHECK(found.state == State::unknown);
    CHECK(found.reason.find("another PID namespace") != std::string::npos);
    CHECK_FALSE(manager.stop(within(Millis{20'000})));
    CHECK(stranger.alive());
}

TEST_CASE("row 2, EPERM counts as dead: somebody else's daemon is alive, and its files stay") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    if (::geteuid() == 0) {
        REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
        start_fake(manager);
        for (const auto& file : {manager.pid_file(), manager.status_file()}) REQUIRE(::chmod(file.c_str(), 0644) == 0);
        const int answer = in_child([&] {
            if (::setgid(65534) != 0 || ::setuid(65534) != 0) return 10;
            const auto found = manager.probe();   // the files are readable, and yet only their owner's user may act on them
            if (!manager.is_running() || found.state != State::unknown || !found.no_permission || found.other_owner != 0u)
                return 11;
            const auto stopped = manager.stop(within(Millis{20'000}));
            if (stopped) return 12;
            return stopped.error().errno_value() == EPERM ? 0 : 13;
        });
        CHECK(answer == 0);
        CHECK(manager.is_running());
        CHECK(manager.stop(within(Millis{20'000})));
    } else {
        auto lock = PidFile::acquire(manager.pid_file());
        REQUIRE(lock);
        REQUIRE(::chmod(manager.pid_file().c_str(), 0) == 0);
        const auto found = manager.probe();
        CHECK(found.state == State::unknown);
        CHECK(found.no_permission);
        CHECK(found.reason.find(manager.pid_file()) != std::string::npos);
        const auto stopped = manager.stop(within(Millis{20'000}));
        REQUIRE_FALSE(stopped);
        CHECK(stopped.error().errno_value() == EACCES);
        CHECK(exists(manager.pid_file()));
    }
}

TEST_CASE("row 3, parseInt: the manager gives no PID for what is no PID file, and writes none") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    write_text(manager.pid_file(), "123abc");
    CHECK_FALSE(manager.read_pid().value());
    const auto found = manager.probe();
    CHECK(found.state == State::dead);
    CHECK(found.reason == manager.pid_file() + " is not a PID file");
    for (const pid_t pid : {-1, 0}) CHECK_FALSE(manager.write_pid(pid));
    REQUIRE(manager.write_pid(4242));
    CHECK(manager.read_pid().value() == 4242);
}

TEST_CASE("row 4, isRunning() deletes files under a starting daemon: looking deletes nothing") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    {
        auto lock = PidFile::acquire(manager.pid_file());   // the moment between lock and first write
        REQUIRE(lock);
        CHECK(manager.is_running());
        CHECK(manager.probe().state == State::starting);
        CHECK_FALSE(manager.status());
        CHECK(manager.cleanup().error().errno_value() == EBUSY);
        CHECK(manager.write_pid(1).error().errno_value() == EWOULDBLOCK);
        CHECK(exists(manager.pid_file()));
        REQUIRE(lock->write(4'194'304));
    }
    REQUIRE(manager.write_status(a_document(a_run())));
    CHECK_FALSE(manager.is_running());
    CHECK(manager.probe().state == State::dead);
    CHECK(manager.probe().document);
    CHECK(exists(manager.pid_file()));
    CHECK(exists(manager.status_file()));
}

TEST_CASE("row 4, stale files: removed under the lock, and only when no worker that they name is alive") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    {
        auto worker = sleeper();
        auto document = a_document(a_run());
        document.workers.push_back(a_worker("web", worker.identity()));
        REQUIRE(manager.write_pid(4'194'304));
        REQUIRE(manager.write_status(document));
        const auto refused = manager.cleanup();
        REQUIRE_FALSE(refused);
        CHECK(refused.error().errno_value() == EBUSY);
        CHECK(refused.error().message().find("worker web (PID " + std::to_string(worker.pid())) != std::string::npos);
        CHECK(exists(manager.status_file()));
    }
    write_text(dir / ".status.json.77.tmp", "half");
    write_text(manager.files().socket_file(), "");
    write_text(manager.log_file(), "kept\n");
    REQUIRE(manager.cleanup());
    CHECK_FALSE(exists(manager.pid_file()));
    CHECK_FALSE(exists(manager.status_file()));
    CHECK_FALSE(exists(manager.files().socket_file()));
    CHECK_FALSE(exists(dir / ".status.json.77.tmp"));
    CHECK(exists(manager.log_file()));
    CHECK(manager.cleanup());   // nothing to do is no failure
    CHECK_FALSE(exists(manager.pid_file()));
}

TEST_CASE("row 5, startedAt invented: without its file a running daemon has no status") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    start_fake(manager);
    auto document = manager.status();
    REQUIRE(document);
    CHECK(document->head.started_at == wall_from_ms(1));   // as written, not as guessed
    const auto text = read_text(manager.status_file());
    std::filesystem::remove(manager.status_file());
    CHECK_FALSE(manager.status());
    CHECK(manager.is_running());
    write_text(manager.status_file(), text);
    CHECK(manager.stop(within(Millis{20'000})));
}

TEST_CASE("row 6, plain overwrite of JSON: a reader never sees half a document") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    auto document = a_document(a_run());
    for (int i = 0; i < 300; ++i) {
        document.workers.push_back(a_worker("worker" + std::to_string(i), {4'194'304, 7, "", 0}));
        document.workers.back().reason = "so that one document takes more than one write";
    }
    REQUIRE(manager.write_status(document));
    const pid_t writer = ::fork();
    REQUIRE(writer >= 0);
    if (writer == 0) {
        for (int i = 0; i < 200; ++i) {
            if (!manager.write_status(document)) ::_exit(1);
        }
        ::_exit(0);
    }
    int status = 0;
    std::size_t bad = 0;
    while (::waitpid(writer, &status, WNOHANG) == 0) {
        const auto read = read_status(manager.status_file());
        if (!read || read->workers.size() != document.workers.size()) ++bad;
    }
    CHECK(bad == 0);
    CHECK(status == 0);
    CHECK(read_status(manager.status_file()).value() == document);
    struct stat info {};
    REQUIRE(::stat(manager.status_file().c_str(), &info) == 0);
    CHECK((info.st_mode & 0777u) == 0600u);
}

TEST_CASE("row 6: a write that fails leaves the old document and no temporary file") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    const auto document = a_document(a_run());
    REQUIRE(manager.write_status(document));
    {
        auto writer = StatusWriter::create(manager.status_file(), document.head);
        REQUIRE(writer);
        REQUIRE(writer->add(a_worker("web", {7, 7, "", 0})));
    }
    CHECK(read_status(manager.status_file()).value() == document);
    CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), std::filesystem::directory_iterator()) == 1);
}

TEST_CASE("row 7, logs go through a pipe into the parent: the daemon's own descriptors are the log file") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    write_text(manager.log_file(), "from before\n");
    const pid_t pid = start_fake(manager);
    const auto proc = "/proc/" + std::to_string(pid) + "/fd/";
    const auto log = std::filesystem::canonical(manager.log_file());
    CHECK(std::filesystem::read_symlink(proc + "1") == log);
    CHECK(std::filesystem::read_symlink(proc + "2") == log);
    CHECK(std::filesystem::read_symlink(proc + "0") == "/dev/null");
    CHECK(read_text(manager.log_file()) == "from before\nfake_talosd: session leader 1, in /\n");
    CHECK(manager.stop(within(Millis{20'000})));
}

TEST_CASE("row 8, force kill returns at once: when stop returns, the end has been observed") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    start_fake(manager, {"stubborn"});
    const auto pidfd = pidfd_of(manager.status().value());
    const bool force = GENERATE(true, false);
    const auto stopped = manager.stop(force ? forced() : within(Millis{50}));
    REQUIRE(stopped);
    CHECK(stopped->was_running);
    CHECK(stopped->killed);
    CHECK(posix::has_ended(pidfd));
    CHECK_FALSE(exists(manager.pid_file()));
    CHECK_FALSE(exists(manager.status_file()));
    CHECK(manager.probe().state == State::not_running);
}

TEST_CASE("row 9, two starts at once: of twenty one wins, and the others say who") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir / "new/.talos");
    struct Answer {
        pid_t pid;
        bool already;
    };
    int answers[2];
    REQUIRE(::pipe2(answers, O_CLOEXEC) == 0);
    std::vector<pid_t> starters;
    for (int i = 0; i < 20; ++i) {
        const pid_t starter = ::fork();
        REQUIRE(starter >= 0);
        if (starter == 0) {
            const auto started = manager.start(fake());
            const Answer answer{started ? started->pid : -1, started && started->already};
            ::_exit(::write(answers[1], &answer, sizeof answer) == sizeof answer ? 0 : 1);
        }
        starters.push_back(starter);
    }
    std::set<pid_t> winners;
    std::set<pid_t> named;
    for (std::size_t i = 0; i < starters.size(); ++i) {
        Answer answer{};
        REQUIRE(::read(answers[0], &answer, sizeof answer) == sizeof answer);
        named.insert(answer.pid);
        if (!answer.already) winners.insert(answer.pid);
    }
    for (const pid_t starter : starters) ::waitpid(starter, nullptr, 0);
    ::close(answers[0]);
    ::close(answers[1]);
    CHECK(winners.size() == 1);
    CHECK(named == winners);
    CHECK(manager.read_pid().value() == *winners.begin());
    CHECK(manager.stop(within(Millis{20'000})));
}

TEST_CASE("row 10, only the direct child dies: stop after a crash ends the whole tree of every worker") {
    const TemporaryDirectory dir;
    const DaemonManager manager(dir.path());
    start_fake(manager, {"worker"});
    const auto document = manager.status();
    REQUIRE(document);
    const auto alive = [&] {
        std::size_t count = 0;
        for (const auto& survivors : find_survivors(*document)) count += survivors.processes.size();
        return count;
    };
    REQUIRE(eventually([&] { return alive() == 6; }));   // two shells, four sleeps: see the program
    const bool crashed = GENERATE(true, false);
    if (crashed) {
        crash(manager);
        CHECK(alive() == 6);
        CHECK(manager.probe().state == State::dead);
        CHECK(manager.cleanup().error().errno_value() == EBUSY);
    }
    const auto stopped = manager.stop(crashed ? within(Millis{20'000}) : forced());
    REQUIRE(stopped);
    CHECK(stopped->was_running == !crashed);
    CHECK(stopped->survivors == 6);
    CHECK(alive() == 0);
    CHECK(posix::find_marked(document->head.run).empty());
    CHECK(manager.probe().state == State::not_running);
}

#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/socket_request.hpp"
#include <algorithm>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

using namespace talos::test;

/// A child that has become another user and has not exec'ed yet: that user's processes can stop it, and files can hold it up.
namespace {

constexpr auto as_nobody = R"("user": "nobody")";

/// How long `/livez` took to answer; fails the test when it did not.
std::chrono::milliseconds time_of_answer(const Daemon& daemon) {
    const auto begin = Clock::now();
    SocketRequest request(daemon, "GET", "/livez");
    REQUIRE(eventually([&] { return request.done(); }));
    CHECK(request.answer().status == 200);
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

/// A program whose exec does not return for as long as this object holds a lease on its file (see fcntl(2), F_SETLEASE).
class HeldProgram {
public:
    explicit HeldProgram(const std::string& path) : path_(path) {
        ::signal(SIGIO, SIG_IGN);   // the kernel says by it that the program is wanted
        std::filesystem::copy_file(installed("sleep"), path);
        fd_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        REQUIRE(::fchmod(fd_, 0755) == 0);
        held_ = ::fcntl(fd_, F_SETLEASE, F_WRLCK) == 0;
    }
    HeldProgram(const HeldProgram&) = delete;
    HeldProgram& operator=(const HeldProgram&) = delete;
    ~HeldProgram() { release(); }

    [[nodiscard]] bool held() const { return held_; }
    void release() {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }

private:
    std::string path_;
    int fd_ = -1;
    bool held_ = false;
};

/// It has ended, whether its parent has reaped it or not.
bool runs_nothing(pid_t pid) {
    std::error_code error;
    (void)std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", error);
    return static_cast<bool>(error);
}

void open_to_all(const Daemon& daemon) {
    const auto place = std::filesystem::path(daemon.path("x")).parent_path();
    REQUIRE(::chmod(place.c_str(), 0755) == 0);
}

}   // namespace

TEST_CASE("spawn as another user: talosd answers while the exec does not come, and a stop needs not wait for it") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    Daemon daemon;
    open_to_all(daemon);
    HeldProgram held(daemon.path("held"));
    if (!held.held()) TALOS_SKIP("no lease on a file can be had here");
    daemon.configure(worker("held", {daemon.path("held"), "120"}, as_nobody) + worker("free", sleeper(), as_nobody));
    daemon.start();
    (void)daemon.worker_in("free", "running");
    const auto starting = daemon.worker_in("held", "starting");
    CHECK(starting.pid != 0);
    CHECK(time_of_answer(daemon) < 5s);   // one blocked spawn took ten

    CHECK(daemon.ctl({"signal", "HUP", "held"}).code != 0);   // there is no program yet that could get it
    const auto stopped = daemon.ctl({"stop", "held"});
    CHECK(stopped.code == 0);
    CHECK(daemon.worker_in("held", "stopped").pid == 0);
    CHECK(eventually([&] { return ::kill(starting.pid, 0) != 0; }));
    CHECK(daemon.worker_in("free", "running").restarts == 0);

    CHECK(daemon.ctl({"start", "--no-wait", "held"}).code == 0);
    const auto again =
        daemon.worker_when("held", [](const WorkerView& view) { return view.state == "starting" && view.pid != 0; });
    CHECK(again.pid != starting.pid);
    held.release();
    CHECK(daemon.worker_in("held", "running").pid == again.pid);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

TEST_CASE("spawn as another user: an exec that does not come within ten seconds is a failed start with its reason") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    Daemon daemon;
    open_to_all(daemon);
    HeldProgram held(daemon.path("held"));
    if (!held.held()) TALOS_SKIP("no lease on a file can be had here");
    daemon.configure(worker("held", {daemon.path("held"), "120"}, as_nobody));
    daemon.start();
    const auto failed = daemon.worker_when("held", [](const WorkerView& view) { return view.state == "backoff"; });
    CHECK(failed.reason.find("without an exec: a process of user nobody keeps stopping it") != std::string::npos);
    CHECK(failed.pid == 0);
    CHECK(!failed.exit_code);
    CHECK(failed.exit_signal.empty());
    held.release();
    (void)daemon.worker_in("held", "running");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

TEST_CASE("spawn as another user: a program that cannot be executed is a failed start, not an exit") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    Daemon daemon;
    open_to_all(daemon);
    daemon.configure(worker("absent", {"/no/such/program"}, as_nobody) + worker("free", sleeper(), as_nobody));
    daemon.start();
    const auto failed = daemon.worker_when("absent", [](const WorkerView& view) { return view.state == "backoff"; });
    CHECK(failed.reason.find("exec /no/such/program: No such file or directory") != std::string::npos);
    CHECK(!failed.exit_code);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("spawn as another user: while that user stops whatever it can, a hundred starts hold up no request") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    const std::vector<std::string> sandbox{"unshare", "--pid", "--fork", "--mount-proc", "--kill-child"};
    auto probe = sandbox;
    probe.insert(probe.end(), {"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "true"});
    if (run(Command{.argv = probe}).code != 0) TALOS_SKIP("PID namespaces cannot be made here");
    std::string workers;
    for (int i = 0; i < 100; ++i) workers += worker("w" + std::to_string(i), sleeper(), as_nobody);
    Daemon daemon(workers);
    auto how = daemon.command();
    std::string talosd;
    for (const auto& word : how.argv) talosd += " '" + word + "'";
    how.argv = sandbox;
    // The attacker is outside of its own kill(-1), and cannot reach root's processes.
    how.argv.insert(
        how.argv.end(),
        {"sh", "-c",
         "setpriv --reuid 65534 --regid 65534 --clear-groups sh -c 'while :; do kill -s STOP -- -1; done' 2>/dev/null & " +
             talosd});
    daemon.launch(how);
    REQUIRE(eventually([&] { return std::filesystem::exists(daemon.data("control.sock")); }));
    std::chrono::milliseconds worst{0};
    const auto all_tried = [&] {
        worst = std::max(worst, time_of_answer(daemon));
        const auto views = daemon.workers();
        return views.size() == 100 && std::none_of(views.begin(), views.end(), [](const WorkerView& view) {
                   return view.state == "starting" && view.pid == 0;
               });
    };
    CHECK(eventually(all_tried));
    CAPTURE(worst.count());
    CHECK(worst < 5s);   // far from the ten seconds that one start could take, with a hundred of them
}

TEST_CASE("spawn as another user: before its exec a child has none of talosd's files") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    Daemon daemon;
    open_to_all(daemon);
    HeldProgram held(daemon.path("held"));
    if (!held.held()) TALOS_SKIP("no lease on a file can be had here");
    daemon.configure(worker("held", {daemon.path("held"), "120"}, as_nobody) + worker("other", sleeper(), as_nobody));
    daemon.start();
    (void)daemon.worker_in("other", "running");
    const auto child =
        daemon.worker_when("held", [](const WorkerView& view) { return view.state == "starting" && view.pid != 0; });
    const auto files = "/proc/" + std::to_string(child.pid) + "/fd";
    const auto count = [&] {
        return std::distance(std::filesystem::directory_iterator(files), std::filesystem::directory_iterator());
    };
    CHECK(eventually([&] { return count() <= 5; }));   // three of its own, the lock, and the report
    CHECK(daemon.stop() == 0);
}

TEST_CASE(
    "spawn as another user: a child that outlives talosd before its exec keeps neither the next start nor talosctl stop away") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    Daemon daemon;
    open_to_all(daemon);
    HeldProgram held(daemon.path("held"));
    if (!held.held()) TALOS_SKIP("no lease on a file can be had here");
    daemon.configure(worker("held", {daemon.path("held"), "120"}, as_nobody));
    daemon.start();
    const auto is_starting = [](const WorkerView& view) { return view.state == "starting" && view.pid != 0; };
    const auto first = daemon.worker_when("held", is_starting);
    daemon.kill();
    daemon.start();
    CHECK(eventually([&] { return runs_nothing(first.pid); }));

    const auto second =
        daemon.worker_when("held", [&](const WorkerView& view) { return is_starting(view) && view.pid != first.pid; });
    daemon.kill();
    CHECK(daemon.ctl({"stop"}).code == 0);
    CHECK(eventually([&] { return runs_nothing(second.pid); }));
    CHECK(daemon.left_behind().empty());
}

TEST_CASE("spawn: a program or directory on a file system that never answers holds up nobody but its worker") {
    Daemon daemon;
    const auto place = daemon.path("silent");
    std::filesystem::create_directory(place);
    const std::vector<std::string> sandbox{"unshare", "--mount", program("silent_fuse"), place};
    auto probe = sandbox;
    probe.emplace_back("true");
    if (run(Command{.argv = probe}).code != 0) TALOS_SKIP("FUSE cannot be mounted here");
    std::filesystem::create_symlink("silent", daemon.path("link"));
    daemon.configure(worker("program", {daemon.path("link") + "/program"}) +
                     worker("directory", sleeper(), R"("cwd": ")" + place + R"(/sub")") + worker("free", sleeper()));
    auto how = daemon.command();
    how.argv.insert(how.argv.begin(), sandbox.begin(), sandbox.end());
    daemon.launch(how);
    REQUIRE(eventually([&] { return std::filesystem::exists(daemon.data("control.sock")); }));
    CHECK(time_of_answer(daemon) < 5s);
    (void)daemon.worker_in("free", "running");
    for (const auto* name : {"program", "directory"})
        CHECK(daemon.worker_when(name, [](const WorkerView& view) { return view.state == "backoff"; })
                  .reason.find("on a file system that does not respond") != std::string::npos);
    CHECK(daemon.ctl({"restart", "free"}).code == 0);
    CHECK(time_of_answer(daemon) < 5s);
}

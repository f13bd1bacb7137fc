#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/skip.hpp"
#include "system/talos/api.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/numbered.hpp"
#include "system/talos/socket_request.hpp"
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sys/stat.h>

using namespace talos::test;

/// What workers of another user write is read by a process of its own, which such a worker can hold up; talosd is not.
namespace {

constexpr const char* as_nobody = R"("user": "nobody", "cwd": "/")";
constexpr const char* raw = R"(, "log": {"format": "raw"})";
constexpr const char* again_at_once = R"(, "restart": {"policy": "always", "delay": "0s"})";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Children of talosd that read workers' output.
std::vector<pid_t> relays_of(pid_t talosd) {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const auto pid = static_cast<pid_t>(std::stol(name));
        if (proc(pid).ppid == talosd && read_text(entry.path() / "comm") == "talosd-relay\n") found.push_back(pid);
    }
    return found;
}

pid_t relay_of(const Daemon& daemon) {
    pid_t relay = 0;
    REQUIRE(eventually([&] {
        const auto found = relays_of(daemon.pid());
        if (found.size() == 1) relay = found.front();
        return relay != 0;
    }));
    return relay;
}

std::chrono::milliseconds time_of_answer(const Daemon& daemon) {
    const auto begin = Clock::now();
    SocketRequest request(daemon, "GET", "/livez");
    REQUIRE(eventually([&] { return request.done(); }));
    CHECK(request.answer().status == 200);
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

/// A talosd beside whose workers a file has a page that is not there before open_gate().
class SlowPage {
public:
    explicit SlowPage(Daemon& daemon) : daemon_(daemon) {
        std::filesystem::create_directory(daemon.path("slow"));
        REQUIRE(::chmod(daemon.path("").c_str(), 0755) == 0);
        sandbox_ = {"unshare", "--mount", program("slow_page"), daemon.path("slow"), daemon.path("gate")};
        auto probe = sandbox_;
        probe.emplace_back("true");
        possible_ = run(Command{.argv = probe}).code == 0;
        // The tests' own programs may stand where other users cannot go.
        std::filesystem::copy_file(program("hold_pipe"), daemon.path("hold_pipe"));
    }
    [[nodiscard]] bool possible() const { return possible_; }
    /// Its child keeps the lock of the pipe; on standard error that does not go there.
    [[nodiscard]] std::string hold() const {
        return daemon_.path("hold_pipe") + " " + daemon_.path("slow/page") + " 2>/dev/null";
    }
    void start() {
        auto how = daemon_.command();
        how.argv.insert(how.argv.begin(), sandbox_.begin(), sandbox_.end());
        daemon_.start(how);
    }
    void open_gate() const { write_text(daemon_.path("gate"), ""); }

private:
    Daemon& daemon_;
    std::vector<std::string> sandbox_;
    bool possible_ = false;
};

}   // namespace

TEST_CASE("output of another user: a worker that keeps the lock of its pipe and ends does not hold up talosd") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    Daemon daemon;
    SlowPage page(daemon);
    if (!page.possible()) TALOS_SKIP("FUSE cannot be mounted here");
    daemon.configure(worker("hostile", shell("echo run; " + page.hold()), as_nobody + std::string(raw) + again_at_once) +
                     worker("free", sleeper()));
    page.start();
    const auto free = daemon.worker_in("free", "running");
    (void)daemon.worker_in("hostile", "backoff");   // its main process has ended, the child that holds the pipe has not
    auto worst = 0ms;
    for (int i = 0; i < 100; ++i) worst = std::max(worst, time_of_answer(daemon));
    CAPTURE(worst.count());
    CHECK(worst < 5s);   // there was no answer before the page came
    CHECK(daemon.ctl({"restart", "free"}).code == 0);
    CHECK(daemon.worker_in("free", "running").pid != free.pid);
    page.open_gate();
    CHECK(daemon.worker_when("hostile", [](const WorkerView& view) { return view.restarts >= 3; }).restarts >= 3);
    CHECK(eventually([&] { return has(daemon.worker_log("hostile"), "run\n"); }));
    CHECK(daemon.stop() == 0);
}

TEST_CASE(
    "output of another user: while one pipe is held talosd and workers of other users go on and what waits is logged later") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    Daemon daemon;
    SlowPage page(daemon);
    if (!page.possible()) TALOS_SKIP("FUSE cannot be mounted here");
    daemon.configure(
        worker("hostile", shell(page.hold() + "; exec sleep 120"), as_nobody + std::string(raw)) +
        worker("neighbour", shell("echo neighbour; exec sleep 120"), as_nobody + std::string(R"(, "autostart": false)") + raw) +
        worker("root", shell("echo root; exec sleep 120"), R"("autostart": false)" + std::string(raw)));
    page.start();
    const auto hostile = daemon.worker_in("hostile", "running");
    // Its shell waits for the program, which ends when the lock is held.
    REQUIRE(eventually([&] { return read_text("/proc/" + std::to_string(hostile.pid) + "/comm") == "sleep\n"; }));
    CHECK(daemon.ctl({"start", "neighbour", "root"}).code == 0);
    CHECK(eventually([&] { return daemon.worker_log("root") == "root\n"; }));
    auto worst = 0ms;
    for (int i = 0; i < 20; ++i) {
        CHECK(daemon.ctl({"restart", "neighbour"}).code == 0);
        worst = std::max(worst, time_of_answer(daemon));
    }
    CHECK(worst < 5s);
    page.open_gate();
    CHECK(eventually([&] { return has(daemon.worker_log("neighbour"), "neighbour\n"); }));
    CHECK(eventually([&] { return has(daemon.worker_log("hostile"), "xxxx\n"); }));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("output of another user: talosd ends while a pipe is held") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    Daemon daemon;
    SlowPage page(daemon);
    if (!page.possible()) TALOS_SKIP("FUSE cannot be mounted here");
    daemon.configure(
        worker("hostile", shell(page.hold() + "; exec sleep 120"), as_nobody + std::string(raw) + ", " + stop_after("100ms")));
    page.start();
    const auto hostile = daemon.worker_in("hostile", "running");
    REQUIRE(eventually([&] { return read_text("/proc/" + std::to_string(hostile.pid) + "/comm") == "sleep\n"; }));
    CHECK(daemon.stop() == 1);   // SIGKILL does not end a process that waits for such a page
    CHECK(has(daemon.log(), "stopping without hostile"));
    CHECK(eventually([&] { return daemon.left_behind().empty(); }));   // the file system ends with talosd here
}

TEST_CASE("output of another user: every line is logged in its order and before the news of the end of its run") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    constexpr int lines = sanitized ? 20'000 : 150'000;   // a MiB
    constexpr int runs = sanitized ? 5 : 20;
    Daemon daemon;
    const auto write = "seq " + std::to_string(lines);
    daemon.configure(worker("w", shell(write + "; exit 1"),
                            as_nobody + std::string(again_at_once) + R"(, "log": {"format": "raw", "rotateSize": "1GiB"})"));
    daemon.start();
    (void)daemon.worker_when("w", [](const WorkerView& view) { return view.restarts > runs; });
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(daemon.stop() == 0);

    int ends = 0;
    for (const auto& event : daemon.events()) {
        const auto* tail = event.if_contains("tail");
        if (tail == nullptr) continue;
        ++ends;
        CHECK(tail->as_array().back().as_string() == std::to_string(lines));
    }
    CHECK(ends >= runs);
    int complete = 0;
    int expected = 1;
    bool in_order = true;
    for_each_line(daemon.worker_log("w"), [&](std::string_view line) {
        const bool next = line == std::to_string(expected);
        if (!next && complete >= runs) return;   // the run that was stopped
        in_order = in_order && next;
        if (expected++ < lines) return;
        expected = 1;
        ++complete;
    });
    CHECK(in_order);
    CHECK(complete >= runs);
}

TEST_CASE("output of another user: hooks and probes of such a worker have their output in its log and in the reason") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    Daemon daemon(worker("w", shell("echo main; exec sleep 120"),
                         as_nobody + std::string(raw) +
                             R"(, "hooks": {"preStart": {"command": ["sh", "-c", "echo hook of $USER"]}},)"
                             R"("health": {"exec": ["sh", "-c", "echo cause; exit 1"], "interval": "100ms", "failures": 1})"));
    daemon.start();
    CHECK(eventually([&] { return has(daemon.worker_log("w"), "hook of nobody\nmain\n"); }));
    CHECK(eventually([&] { return has(read_text(daemon.data("events.jsonl")), "its last line: cause"); }));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

TEST_CASE("output of another user: readiness by descriptor 3") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    Daemon daemon(worker("w", shell("echo >&3; exec sleep 120"), as_nobody + std::string(R"(, "ready": {"fd": 3})")));
    daemon.start();
    CHECK(daemon.worker_in("w", "running").ready);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("output of another user: its streams can be opened by their names") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    const auto separate = R"(, "streams": "separate", "restart": "never", "log": {"format": "cri"})";
    Daemon daemon(
        worker("w", shell("echo one > /dev/stdout; echo two > /dev/stderr; echo three"), as_nobody + std::string(separate)));
    daemon.start();
    daemon.worker_in("w", "exited");
    const auto log = daemon.worker_log("w");
    CHECK(has(log, " stdout F one\n"));
    CHECK(has(log, " stderr F two\n"));
    CHECK(has(log, " stdout F three\n"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("output of another user: the process that reads it is shown as no process of a worker and ends with talosd however "
          "that ends") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    const auto talk = worker("w", shell("echo up; exec sleep 120"), as_nobody + std::string(raw));
    Daemon daemon(talk + worker("own", sleeper()));
    daemon.start();
    (void)daemon.worker_in("w", "running");
    pid_t relay = relay_of(daemon);
    CHECK(proc(relay).session == relay);
    const auto shown = daemon.ctl({"status"});
    CHECK(shown.code == 0);
    CHECK_FALSE(has(shown.out, "relay"));
    CHECK_FALSE(daemon.status()->contains("unowned"));
    for (const auto& view : daemon.workers()) CHECK(view.pid != relay);
    CHECK_FALSE(has(read_text("/proc/" + std::to_string(relay) + "/cgroup"), "talos-"));
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(alive(relay));
    CHECK(daemon.left_behind().empty());

    daemon.start();
    (void)daemon.worker_in("w", "running");
    relay = relay_of(daemon);
    daemon.kill();
    CHECK(eventually([&] { return !alive(relay); }));

    daemon.configure(worker("own", shell("echo up; exec sleep 120"), raw + 2));
    daemon.start();
    CHECK(eventually([&] { return has(daemon.worker_log("own"), "up\n"); }));
    CHECK(relays_of(daemon.pid()).empty());   // none of its workers has another user
    CHECK(daemon.stop() == 0);
}

TEST_CASE("output of another user: when the process that reads it is killed talosd says so and the next run is logged") {
    if (!is_root()) TALOS_SKIP("only root can start a worker as another user");
    Daemon daemon(worker("w", shell("echo run; exec sleep 120"), as_nobody + std::string(raw)));
    daemon.start();
    const auto before = daemon.worker_in("w", "running");
    REQUIRE(eventually([&] { return daemon.worker_log("w") == "run\n"; }));
    const pid_t relay = relay_of(daemon);
    REQUIRE(::kill(relay, SIGKILL) == 0);
    CHECK(eventually([&] {
        return has(daemon.log(), "the process that reads the output of the workers of uid 65534 (pid " + std::to_string(relay) +
                                     ") ended with");
    }));
    CHECK(daemon.worker_in("w", "running").pid == before.pid);
    CHECK(daemon.ctl({"restart", "w"}).code == 0);
    CHECK(eventually([&] { return daemon.worker_log("w") == "run\nrun\n"; }));
    CHECK(relay_of(daemon) != relay);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind().empty());
}

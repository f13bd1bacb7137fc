#include "posix/descent/descendants.hpp"
#include "posix/processes/process_tree.hpp"
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
#include <unistd.h>

using namespace talos::test;

/// Logs in directories of another user are written by a process of that user. It can be held up, stopped and killed by that user; talosd cannot.
namespace {

constexpr const char* as_nobody = R"("user": "nobody", "cwd": "/")";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<pid_t> writers_of(pid_t talosd) {
    std::vector<pid_t> found;
    for (const pid_t pid : talos::posix::descendants_of(talosd))
        if (proc(pid).ppid == talosd && read_text("/proc/" + std::to_string(pid) + "/comm") == "talosd-logs\n")
            found.push_back(pid);
    return found;
}

pid_t writer_of(const Daemon& daemon) {
    pid_t writer = 0;
    REQUIRE(eventually([&] {
        const auto found = writers_of(daemon.pid());
        if (found.size() == 1) writer = found.front();
        return writer != 0;
    }));
    return writer;
}

std::chrono::milliseconds time_of_answer(const Daemon& daemon) {
    const auto begin = Clock::now();
    SocketRequest request(daemon, "GET", "/livez");
    REQUIRE(eventually([&] { return request.done(); }));
    CHECK(request.answer().status == 200);
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

/// As that user: what it could do by itself.
int as_user(const std::string& script) {
    return run(Command{.argv = {"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "sh", "-c", script}}).code;
}

/// A directory of `nobody` for logs; what is above belongs to root, and is closed to others.
struct Home {
    Daemon daemon;
    std::string log = daemon.path("home/app/web.log");
    Home() {
        std::filesystem::create_directories(daemon.path("home/app"));
        for (const auto* path : {"home", "home/app"}) REQUIRE(::chown(daemon.path(path).c_str(), nobody, nobody) == 0);
    }
    [[nodiscard]] std::string logged(const std::string& keys = {}) const {
        return R"("log": {"file": ")" + log + R"(", "format": "raw")" + keys + "}";
    }
    [[nodiscard]] bool logs(const std::string& text) const {
        return eventually([&] { return has(read_text(log), text); });
    }
    [[nodiscard]] bool says(const std::string& text) const {
        return eventually([&] { return has(daemon.log(), text); });
    }
};

constexpr const char* ticks = "while :; do echo tick; sleep 0.01; done";

}   // namespace

TEST_CASE("a log of another user: while a program of that user keeps the file's lock talosd answers, other logs are written and "
          "talosd can stop") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Home home;
    auto& daemon = home.daemon;
    REQUIRE(::chmod(daemon.path("").c_str(), 0755) == 0);
    std::filesystem::create_directory(daemon.path("slow"));
    const std::vector<std::string> sandbox{"unshare", "--mount", program("slow_page"), daemon.path("slow"), daemon.path("gate")};
    auto probe = sandbox;
    probe.emplace_back("true");
    if (run(Command{.argv = probe}).code != 0) TALOS_SKIP("FUSE cannot be mounted here");
    const bool comes = GENERATE(true, false);
    std::filesystem::copy_file(program("hold_pipe"), daemon.path("hold"));
    const auto hold =
        daemon.path("hold") + " " + daemon.path("slow/page") + " 2>/dev/null >>" + home.log;   // writes a page that does not come
    daemon.configure(worker("web", shell(ticks), as_nobody + std::string(", ") + home.logged()) +
                     worker("holder", shell(hold + "; exec sleep 120"),
                            as_nobody + std::string(R"(, "autostart": false, )") + stop_after("100ms")) +
                     worker("own", shell(ticks)) + worker("free", sleeper()));
    auto how = daemon.command();
    how.argv.insert(how.argv.begin(), sandbox.begin(), sandbox.end());
    daemon.start(how);
    REQUIRE(home.logs("tick"));
    CHECK(daemon.ctl({"start", "holder"}).code == 0);
    const auto holder = daemon.worker_in("holder", "running");
    REQUIRE(eventually([&] { return read_text("/proc/" + std::to_string(holder.pid) + "/comm") == "sleep\n"; }));
    auto worst = 0ms;
    const auto answers = [&] { return worst = std::max(worst, time_of_answer(daemon)), worst; };
    REQUIRE(eventually([&] { return answers(), has(daemon.log(), "web: its log cannot be written, it runs on: "); }));
    CHECK(home.says("does not answer"));
    const auto before = daemon.worker_log("own").size();
    CHECK(eventually([&] { return daemon.worker_log("own").size() > before; }));
    for (int i = 0; i < 50; ++i) (void)answers();
    CAPTURE(worst.count());
    CHECK(worst < 5s);   // there was no answer before the page came
    CHECK(daemon.ctl({"restart", "free"}).code == 0);
    CHECK(has(daemon.ctl({"status"}).out, "does not answer"));
    if (comes) {
        write_text(daemon.path("gate"), "");
        CHECK(home.says("web: its log can be written again, without "));
        CHECK(daemon.stop() == 0);
    } else {
        const auto begin = Clock::now();
        (void)daemon.stop();   // 1 where what keeps the lock does not end
        CHECK(Clock::now() - begin < 25s);
        CHECK(has(daemon.log(), "web: its log could not be written to the end: "));
    }
}

TEST_CASE("a log of another user: when that user stops the process that writes it, again and again, no line is twice there or "
          "missing without a mark") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    const std::string on_full = GENERATE("drop", "block");
    constexpr std::uint64_t count = 20'000;
    Home home;
    auto& daemon = home.daemon;
    daemon.configure(worker("web", number_lines(count, "line", {"1", "0", daemon.path("enough")}),
                            R"("restart": "never", )" + home.logged(R"(, "onFull": ")" + on_full + "\"")));
    daemon.start();
    REQUIRE(home.logs("0000000010 "));
    const pid_t writer = writer_of(daemon);
    auto worst = 0ms;
    for (int round = 0; round < 2; ++round) {
        const auto said = [&] {
            const auto all = daemon.log();
            int times = 0;
            for (auto at = all.find("its log cannot be written"); at != std::string::npos;
                 at = all.find("its log cannot be written", at + 1))
                ++times;
            return times;
        };
        REQUIRE(as_user("kill -STOP " + std::to_string(writer)) == 0);
        REQUIRE(eventually([&] { return worst = std::max(worst, time_of_answer(daemon)), said() == round + 1; }));
        REQUIRE(eventually(
            [&] { return daemon.ctl({"status"}).out.find("does not answer") == std::string::npos; }));   // talosd has woken it
    }
    CHECK(worst < 5s);
    write_text(daemon.path("enough"), "");
    daemon.worker_in("web", "exited");
    const auto complete = [&] {
        Numbered lines;
        lines.text(read_text(home.log));
        return lines.next() == count;
    };
    CHECK(eventually(complete));
    Numbered lines;
    lines.text(read_text(home.log));
    CHECK(lines.fault() == "");
    if (on_full == "block") CHECK(lines.dropped() == 0);
    CHECK(writer_of(daemon) == writer);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a log of another user: when that user kills the process that writes it, another one is started and it is said") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Home home;
    auto& daemon = home.daemon;
    daemon.configure(worker("web", shell(ticks), home.logged()));
    daemon.start();
    REQUIRE(home.logs("tick"));
    const pid_t writer = writer_of(daemon);
    REQUIRE(as_user("kill -KILL " + std::to_string(writer)) == 0);
    CHECK(home.says("the process that writes the logs in directories of nobody (pid " + std::to_string(writer) +
                    ") ended with SIGKILL"));
    CHECK(home.says("web: its log can be written again"));
    CHECK(home.logs("dropped from"));
    CHECK(writer_of(daemon) != writer);
    CHECK(daemon.worker_in("web", "running").restarts == 0);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a log of another user: the process that writes it has that user's rights only, cannot be traced, is no worker's and "
          "ends with talosd") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Home home;
    auto& daemon = home.daemon;
    daemon.configure(worker("web", shell(ticks), home.logged()) + worker("own", shell(ticks)));
    daemon.start();
    REQUIRE(home.logs("tick"));
    pid_t writer = writer_of(daemon);
    const auto place = "/proc/" + std::to_string(writer);
    const auto status = read_text(place + "/status");
    CHECK(has(status, "Uid:\t65534\t65534\t65534\t65534\n"));
    CHECK(has(status, "Gid:\t65534\t65534\t65534\t65534\n"));
    CHECK(has(status, "Groups:\t65534 \n"));
    CHECK(has(status, "CapPrm:\t0000000000000000\n"));
    CHECK(has(status, "NoNewPrivs:\t1\n"));
    CHECK(as_user("cat " + place + "/environ >/dev/null 2>&1") != 0);
    CHECK(as_user("ls " + place + "/fd >/dev/null 2>&1") != 0);
    CHECK_FALSE(daemon.status()->contains("unowned"));
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(alive(writer));
    CHECK(daemon.left_behind() == "");

    daemon.start();
    REQUIRE(eventually([&] { return writers_of(daemon.pid()).size() == 1; }));
    writer = writer_of(daemon);
    daemon.kill();
    CHECK(eventually([&] { return !alive(writer); }));

    daemon.configure(worker("own", shell(ticks)));
    daemon.start();
    CHECK(eventually([&] { return has(daemon.worker_log("own"), "tick"); }));
    CHECK(writers_of(daemon.pid()).empty());
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a log of another user: all that the worker wrote is there once talosd has ended") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    constexpr std::uint64_t count = 200'000;
    Home home;
    auto& daemon = home.daemon;
    daemon.configure(
        worker("web", number_lines(count, "block"), R"("restart": "never", )" + home.logged(R"(, "rotateSize": "1GiB")")));
    daemon.start();
    daemon.worker_in("web", "exited");
    CHECK(daemon.stop() == 0);
    Numbered lines;
    lines.text(read_text(home.log));
    CHECK(lines.fault() == "");
    CHECK(lines.next() == count);
    CHECK(lines.dropped() == 0);
}

TEST_CASE("a log of another user: when root puts another directory in the place of that user's, lines go there") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Home home;
    auto& daemon = home.daemon;
    daemon.configure(worker("web", shell(ticks), home.logged()));
    daemon.start();
    REQUIRE(home.logs("tick"));
    std::filesystem::rename(daemon.path("home"), daemon.path("before"));
    std::filesystem::create_directory(daemon.path("home"));
    REQUIRE(::chown(daemon.path("home").c_str(), nobody, nobody) == 0);
    CHECK(home.logs("tick"));
    CHECK(daemon.stop() == 0);
    CHECK_FALSE(has(daemon.log(), "its log cannot be written"));
    CHECK_FALSE(has(read_text(home.log), "dropped"));
}

TEST_CASE(
    "a log of another user: when its directory is given to root or to another user, talosd or another process goes on with it") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Home home;
    auto& daemon = home.daemon;
    const auto give = [&](uid_t uid) {
        for (const auto& path : {home.log, daemon.path("home/app"), daemon.path("home")})
            REQUIRE(::chown(path.c_str(), uid, uid) == 0);
        std::filesystem::rename(home.log, home.log + "." + std::to_string(uid));   // an open one would be written on
    };
    const auto owner = [&] {
        struct stat info {};
        return ::stat(home.log.c_str(), &info) == 0 ? info.st_uid : ~0u;
    };
    daemon.configure(worker("web", shell(ticks), home.logged()));
    daemon.start();
    REQUIRE(home.logs("tick"));
    for (const uid_t uid : {1u, 0u, static_cast<unsigned>(nobody)}) {
        give(uid);
        CHECK(eventually([&] { return owner() == uid && has(read_text(home.log), "tick"); }));
    }
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

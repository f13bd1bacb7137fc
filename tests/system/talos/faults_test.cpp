#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/small_disk.hpp"
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace talos::test;

namespace {

constexpr uid_t ordinary = 54321;   // nobody else's: what limits are counted by

/// Makes the fixture's directory and a copy of talosd the ordinary user's own; as such a user they are that already.
Command as_ordinary_user(const Daemon& daemon) {
    auto how = daemon.command();
    if (!is_root()) return how;
    const auto talosd = daemon.path("talosd");
    std::filesystem::copy_file(bin_dir() + "/talosd", talosd);
    how.argv.front() = talosd;
    for (const auto& path : {daemon.path(""), talosd, daemon.path("talos.json")})
        REQUIRE(::chown(path.c_str(), ordinary, ordinary) == 0);
    how.before_exec = [] { become(ordinary); };
    return how;
}

Finished refused(const Command& command) {
    auto done = run(command);
    INFO(done.out << done.err);
    CHECK(done.code == 1);
    CHECK(done.err.starts_with("talosd: "));
    return done;
}

}   // namespace

TEST_CASE("fork fails (RLIMIT_NPROC): talosd stays, says why, and starts the worker once it can") {
    Daemon daemon(worker("w", sleeper(), R"("restart": {"delay": "10ms", "factor": 1})"));
    daemon.start(as_ordinary_user(daemon));   // nobody counts root's processes
    const auto before = daemon.worker_in("w", "running");
    const auto allow = [&](const std::string& processes) {   // its own user may, root of a container may not
        const Command how{.argv = {"prlimit", "--pid", std::to_string(daemon.pid()), "--nproc=" + processes + ":"},
                          .before_exec = [] {
                              if (is_root()) become(ordinary);
                          }};
        REQUIRE(run(how).code == 0);
    };
    rlimit given{};
    ::getrlimit(RLIMIT_NPROC, &given);
    allow("1");
    kill_main(before);
    const auto failed = daemon.worker_when("w", [](const auto& view) { return view.state == "backoff" && !view.reason.empty(); });
    INFO(failed.reason);
    CHECK(failed.reason.find("Resource temporarily unavailable") != std::string::npos);
    CHECK(failed.reason.find("RLIMIT_NPROC") != std::string::npos);
    allow(given.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(given.rlim_cur));
    CHECK(daemon.worker_in("w", "running").reason == "");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("descriptors exhausted (RLIMIT_NOFILE): those who got one run, the others say why, and the stop is clean") {
    std::string workers;
    for (int i = 0; i < 60; ++i)
        workers += worker("w" + std::to_string(i), sleeper(), R"("restart": {"delay": "20ms", "factor": 1})");
    Daemon daemon(workers);
    auto how = daemon.command();
    how.before_exec = [] {
        const rlimit few{64, 64};
        ::setrlimit(RLIMIT_NOFILE, &few);
    };
    daemon.start(how);
    daemon.worker_when("w0", [](const auto& view) { return view.state == "running"; });
    daemon.worker_when("w59", [](const auto& view) { return view.reason.find("Too many open files") != std::string::npos; });
    CHECK_FALSE(daemon.process().ended().has_value());
    const auto first = daemon.worker_in("w0", "running");
    kill_main(first);
    daemon.worker_when("w0", [&](const auto& view) { return view.pid != first.pid; });   // still supervised
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("workers get back the descriptor limit that talosd was given") {
    Daemon daemon(worker("w", shell("ulimit -Sn; ulimit -Hn; exec sleep 120"), R"("log": {"format": "raw"})"));
    auto how = daemon.command();
    how.before_exec = [] {
        const rlimit given{200, 2000};
        ::setrlimit(RLIMIT_NOFILE, &given);
    };
    daemon.start(how);
    CHECK(eventually([&] { return daemon.worker_log("w") == "200\n2000\n"; }));
    rlimit raised{};
    REQUIRE(::prlimit(daemon.pid(), RLIMIT_NOFILE, nullptr, &raised) == 0);
    CHECK(raised.rlim_cur == 2000);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a data directory that is somebody else's is refused, and nothing is made in it") {
    Daemon daemon(worker("w", {"touch", "started"}));
    auto how = daemon.command();
    std::string theirs = "/";
    if (is_root()) {
        theirs = daemon.path("theirs");
        std::filesystem::create_directory(theirs);
        REQUIRE(::chown(theirs.c_str(), nobody, nobody) == 0);
    }
    how.argv[2] = theirs;
    const auto done = refused(how);
    CHECK(done.err.find("belongs to uid") != std::string::npos);
    CHECK_FALSE(exists(theirs + "/daemon.pid"));
    CHECK_FALSE(exists(daemon.path("started")));
}

TEST_CASE("a data directory that is a file, a link to nothing or read-only is refused by its name") {
    Daemon daemon(worker("w", {"touch", "started"}));
    SECTION("file") {
        write_text(daemon.path("data"), "precious");
        CHECK(refused(daemon.command()).err.find("Not a directory") != std::string::npos);
        CHECK(read_text(daemon.path("data")) == "precious");
    }
    SECTION("link to nothing") {
        std::filesystem::create_symlink(daemon.path("nothing"), daemon.path("data"));
        CHECK(refused(daemon.command()).err.find(daemon.path("data")) != std::string::npos);
        CHECK_FALSE(exists(daemon.path("nothing")));
    }
    SECTION("read-only") {
        if (const auto how = on_small_disk(daemon, daemon.path("data"), "64k", ",ro"))
            CHECK(refused(*how).err.find("Read-only file system") != std::string::npos);
    }
    SECTION("not writable for an ordinary user") {
        auto how = as_ordinary_user(daemon);
        std::filesystem::create_directory(daemon.path("data"));
        if (is_root()) REQUIRE(::chown(daemon.path("data").c_str(), ordinary, ordinary) == 0);
        REQUIRE(::chmod(daemon.path("data").c_str(), 0500) == 0);
        CHECK(refused(how).err.find("Permission denied") != std::string::npos);
    }
    CHECK_FALSE(exists(daemon.path("started")));
}

TEST_CASE("a data directory behind a symbolic link, or open to others, is used as it is") {
    Daemon daemon(worker("w", sleeper()));
    std::filesystem::create_directory(daemon.path("real"));
    REQUIRE(::chmod(daemon.path("real").c_str(), 0755) == 0);
    std::filesystem::create_symlink(daemon.path("real"), daemon.path("data"));
    daemon.start();
    CHECK(exists(daemon.path("real") + "/status.json"));
    struct stat info {};
    REQUIRE(::stat(daemon.path("real").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0755);
    CHECK(daemon.log().find("other users can read its files") != std::string::npos);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a full disk stops neither worker nor supervision, what could not be written is made up for") {
    Daemon daemon(worker("w", sleeper(), R"("restart": {"delay": "0s"})") +
                  worker("talker", shell("while :; do echo talk; sleep 0.05; done")));
    const auto how = on_small_disk(daemon, daemon.path("data"), "256k");
    if (!how) TALOS_SKIP("needs a mount namespace");
    daemon.launch(*how);
    const std::string root = "/proc/" + std::to_string(daemon.pid()) + "/root";   // its mounts are not ours
    REQUIRE(eventually([&] { return exists(root + daemon.data("status.json")); }));
    daemon.look_through(root);
    daemon.await_running();
    const auto before = daemon.worker_in("w", "running");
    const auto talker = daemon.worker_in("talker", "running");

    const std::string ballast = daemon.data("ballast");
    {
        std::ofstream file(ballast, std::ios::binary);
        for (int i = 0; i < 1024 && file.good(); ++i) file << std::string(1024, 'x') << std::flush;
    }
    const auto others = [&] { return processes_with(daemon.run_mark()); };
    kill_main(before);
    REQUIRE(eventually([&] {   // its successor is there, whether or not it can be written down
        for (const pid_t pid : others())
            if (has_entry(pid, "TALOS_WORKER=w") && pid != before.pid) return true;
        return false;
    }));
    CHECK(alive(talker.pid));
    REQUIRE(eventually([&] { return daemon.process().out().find("cannot be written") != std::string::npos; }));

    std::filesystem::remove(ballast);
    const auto after = daemon.worker_after("w", before.pid);
    CHECK(after.restarts == 1);
    CHECK(daemon.worker_in("talker", "running").pid == talker.pid);
    const auto size = daemon.worker_log("talker").size();
    CHECK(eventually([&] { return daemon.worker_log("talker").size() > size; }));
    std::uint64_t sequence = 0;
    for (const auto& event : daemon.events()) CHECK(event.at("sequence").to_number<std::uint64_t>() == ++sequence);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a worker whose log cannot be written runs on, and it is said") {
    Daemon daemon(worker("w", shell("while :; do echo tick; sleep 0.02; done")));
    std::filesystem::create_directory(daemon.path("data"));
    REQUIRE(::chmod(daemon.path("data").c_str(), 0700) == 0);
    write_text(daemon.data("logs"), "no directory");
    daemon.start();
    const auto pid = daemon.worker_in("w", "running").pid;
    CHECK(eventually([&] { return daemon.log().find("w: its log cannot be written, it runs on") != std::string::npos; }));
    std::filesystem::remove(daemon.data("logs"));
    CHECK(eventually([&] { return daemon.worker_log("w").find("tick") != std::string::npos; }));   // heals by itself
    CHECK(daemon.worker_in("w", "running").pid == pid);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("the data directory is removed under a running talosd: it goes on and stops cleanly") {
    Daemon daemon(worker("w", sleeper(), R"("restart": {"delay": "0s"})"));
    daemon.start();
    const auto before = daemon.worker_in("w", "running");
    REQUIRE(eventually([&] {   // a file of talosd may appear in it meanwhile, as for anybody's rm -rf
        std::error_code error;
        std::filesystem::remove_all(daemon.path("data"), error);
        return !error;
    }));
    kill_main(before);
    REQUIRE(eventually([&] {
        const auto there = processes_with(daemon.run_mark());
        return there.size() == 1 && there.front() != before.pid;
    }));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("daemon.pid is removed under a running talosd: a second one starts nothing and touches nobody") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    const auto view = daemon.worker_in("w", "running");
    std::filesystem::remove(daemon.data("daemon.pid"));
    const auto second = refused(daemon.command());
    CHECK(second.err.find(std::to_string(daemon.pid())) != std::string::npos);
    CHECK(daemon.ctl({"start"}).code == 1);
    CHECK(alive(view.pid));
    CHECK(processes_with(daemon.run_mark()).size() == 1);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("twenty starts at once: one talosd, and all twenty name it") {
    Daemon daemon(worker("w", sleeper()));
    std::vector<Process> starts;
    for (int i = 0; i < 20; ++i) starts.emplace_back(daemon.ctl_command({"start"}));
    std::set<std::string> named;
    for (auto& start : starts) {
        const int code = start.wait(60s);
        INFO(start.out() << start.err());
        CHECK(code == 0);
        const auto out = start.out();
        named.insert(out.substr(out.rfind(' ') + 1));
    }
    daemon.take_detached();
    CHECK(named == std::set<std::string>{std::to_string(daemon.pid()) + "\n"});
    daemon.worker_in("w", "running");
    CHECK(processes_with(daemon.run_mark()).size() == 1);
    CHECK(Household::get().adopted().empty());   // the losers have ended
    CHECK(daemon.ctl({"stop"}).code == 0);
    CHECK(daemon.left_behind() == "");
}

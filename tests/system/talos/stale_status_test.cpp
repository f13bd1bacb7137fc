#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/small_disk.hpp"
#include <csignal>
#include <filesystem>
#include <fstream>

using namespace talos::test;

// status.json that does not say what is.

namespace {

/// talosctl with the mounts of talosd.
Finished ctl_beside(const Daemon& daemon, const std::vector<std::string>& words, std::chrono::milliseconds limit = patience) {
    std::vector<std::string> argv{"nsenter", "--target", std::to_string(daemon.pid()), "--mount"};
    if (!is_root()) argv.insert(argv.end(), {"--user", "--preserve-credentials"});
    const auto ctl = daemon.ctl_command(words);
    argv.insert(argv.end(), ctl.argv.begin(), ctl.argv.end());
    return run(Command{.argv = argv, .cwd = ctl.cwd}, limit);
}

}   // namespace

TEST_CASE("stale status: on a full disk, status, wait, why and stop go by what talosd answers") {
    Daemon daemon(worker("a", sleeper()) + worker("b", sleeper()));
    const auto how = on_small_disk(daemon, daemon.path("data"), "256k");
    if (!how) TALOS_SKIP("needs a mount namespace");
    daemon.launch(*how);
    const std::string root = "/proc/" + std::to_string(daemon.pid()) + "/root";
    REQUIRE(eventually([&] { return exists(root + daemon.data("status.json")); }));
    daemon.look_through(root);
    daemon.await_running();
    daemon.worker_in("a", "running");
    {
        std::ofstream file(daemon.data("ballast"), std::ios::binary);
        for (int i = 0; i < 1024 && file.good(); ++i) file << std::string(1024, 'x') << std::flush;
    }
    REQUIRE(ctl_beside(daemon, {"stop", "a"}).code == 0);
    REQUIRE(daemon.worker_in("a", "running").pid > 0);   // what the file says
    const auto seen = ctl_beside(daemon, {"status", "a"});
    INFO(seen.out << seen.err);
    CHECK(seen.code == 3);
    CHECK(seen.out.find("stopped") != std::string::npos);
    CHECK(ctl_beside(daemon, {"wait", "a", "--for", "stopped"}).code == 0);
    CHECK(ctl_beside(daemon, {"wait", "b"}).code == 0);
    CHECK(ctl_beside(daemon, {"why", "a"}).code == 0);
    Process waiting([&] {
        auto command = daemon.ctl_command({"wait", "b", "--for", "stopped"});
        std::vector<std::string> argv{"nsenter", "--target", std::to_string(daemon.pid()), "--mount"};
        if (!is_root()) argv.insert(argv.end(), {"--user", "--preserve-credentials"});
        argv.insert(argv.end(), command.argv.begin(), command.argv.end());
        command.argv = argv;
        return command;
    }());
    CHECK(ctl_beside(daemon, {"stop", "b"}).code == 0);
    CHECK(waiting.wait() == 0);
    std::filesystem::remove(daemon.data("ballast"));
    CHECK(ctl_beside(daemon, {"stop"}).code == 0);
    CHECK(daemon.process().wait() == 0);
}

TEST_CASE("stale status: of a talosd that is stopped by SIGSTOP, the file is shown with its age") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    daemon.worker_in("w", "running");
    daemon.process().signal(SIGSTOP);
    REQUIRE(eventually([&] { return proc(daemon.pid()).state == 'T'; }));
    const auto seen = daemon.ctl({"status"});
    const auto named = daemon.ctl({"why", "w"});
    daemon.process().signal(SIGCONT);
    CHECK(seen.code == 0);
    CHECK(seen.out.find("running") != std::string::npos);
    for (const auto& text : {seen.err, named.err}) {
        INFO(text);
        CHECK(text.find("` continues it; the following is from status.json of ") != std::string::npos);
        CHECK(text.find("talosd itself is suspended (SIGSTOP), `kill -CONT ") != std::string::npos);
        CHECK(text.find("may be out of date") != std::string::npos);
    }
    CHECK(daemon.stop() == 0);
}

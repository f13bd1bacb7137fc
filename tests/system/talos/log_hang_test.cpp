#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/skip.hpp"
#include "system/talos/api.hpp"
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace talos::test;

namespace {

bool shows_fuse(pid_t pid) { return read_text("/proc/" + std::to_string(pid) + "/mounts").find(" fuse") != std::string::npos; }

}   // namespace

TEST_CASE("a log's directory that its user replaces by a link into a file system that never answers, in mounts of the user's "
          "own, stalls nobody") {
    if (!is_root()) TALOS_SKIP("only root can use files as another user");
    Daemon daemon;
    REQUIRE(::chmod(daemon.path("").c_str(), 0755) == 0);
    for (const auto* name : {"home", "home/logs", "silent"}) std::filesystem::create_directories(daemon.path(name));
    for (const auto* name : {"home", "home/logs"}) REQUIRE(::chown(daemon.path(name).c_str(), nobody, nobody) == 0);
    const std::vector<std::string> sandbox{"unshare", "--mount", program("silent_fuse"), daemon.path("silent")};
    auto held = sandbox;
    held.insert(held.end(), {"sleep", "120"});
    Process mounts(Command{.argv = held});
    if (!eventually([&] { return shows_fuse(mounts.pid()) || mounts.ended(); }) || mounts.ended())
        TALOS_SKIP("FUSE cannot be mounted here");

    const auto log = daemon.path("home/logs/web.log");
    daemon.configure(
        worker("web", shell("while :; do echo tick; sleep 0.05; done"), R"("user": "nobody", "log": {"file": ")" + log + "\"}") +
        worker("other", sleeper()));
    daemon.start();
    REQUIRE(eventually([&] { return read_text(log).find("tick") != std::string::npos; }));
    std::filesystem::rename(daemon.path("home/logs"), daemon.path("home/before"));
    std::filesystem::create_symlink("/proc/" + std::to_string(mounts.pid()) + "/root" + daemon.path("silent"),
                                    daemon.path("home/logs"));
    REQUIRE(::lchown(daemon.path("home/logs").c_str(), nobody, nobody) == 0);

    CHECK(eventually(
        [&] { return daemon.log().find("is a symbolic link to /proc/") != std::string::npos; }));   // it has looked, and gone on
    CHECK(call(daemon, "GET", "/v1/workers/web/logs").status != 200);
    CHECK(daemon.ctl({"restart", "other"}).code == 0);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a log below a mount that never answers: its worker runs without it, which is said, and nobody is stalled") {
    if (!is_root()) TALOS_SKIP("only root can mount such a file system");
    Daemon daemon;
    std::filesystem::create_directories(daemon.path("sub"));
    const std::vector<std::string> mounted{"unshare", "--mount", program("silent_fuse"), daemon.path("sub")};
    auto trial = mounted;
    trial.emplace_back("true");
    if (run(Command{.argv = trial}).code != 0) TALOS_SKIP("FUSE cannot be mounted here");
    daemon.configure(worker("web", shell("while :; do echo tick; sleep 0.05; done"),
                            R"("log": {"file": ")" + daemon.path("sub/deep/web.log") + "\"}") +
                     worker("other", sleeper()));
    auto how = daemon.command();
    how.argv.insert(how.argv.begin(), mounted.begin(), mounted.end());
    daemon.start(how);
    CHECK(eventually([&] { return daemon.log().find("is on a file system that may never respond") != std::string::npos; }));
    daemon.worker_in("web", "running");
    CHECK(call(daemon, "GET", "/livez").status == 200);
    CHECK(daemon.ctl({"restart", "other"}).code == 0);
    CHECK(daemon.stop() == 0);
}

#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include <csignal>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace talos::test;

// The keys that say who a worker is and what it is granted.

namespace {

std::string printing(const std::string& script) { return script + "; exec sleep 120"; }

bool has(const Daemon& daemon, const std::string& worker, const std::string& text) {
    return eventually([&] { return daemon.worker_log(worker).find(text) != std::string::npos; });
}

}   // namespace

TEST_CASE("process keys: mask, priority, limits and processors are those of the config") {
    Daemon daemon(
        worker("w",
               shell(printing("umask; nice; ulimit -Sn; ulimit -Hn; ulimit -c; cat /proc/self/oom_score_adj; "
                              "grep NoNewPrivs /proc/self/status; echo end")),
               R"("umask": "0077", "nice": 19, "oomScoreAdj": 900, "rlimits": {"nofile": {"soft": 50, "hard": 60}, "core": "0B"},
                            "noNewPrivileges": true, "log": {"format": "raw"})"));
    daemon.start();
    REQUIRE(has(daemon, "w", "end\n"));
    CHECK(daemon.worker_log("w") == "0077\n19\n50\n60\n0\n900\nNoNewPrivs:\t1\nend\n");
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("process keys: a worker without them is as talosd is") {
    const std::string script = "umask; nice; ulimit -n; cat /proc/self/oom_score_adj; id -u; id -G; echo end";
    Daemon daemon(worker("w", shell(printing(script)), R"("log": {"format": "raw"})"));
    daemon.start();
    REQUIRE(has(daemon, "w", "end\n"));
    CHECK(daemon.worker_log("w") == run(Command{.argv = {"sh", "-c", script}}).out);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("process keys: a worker of another user has its identity, groups and variables, and is stopped like any other") {
    if (::geteuid() != 0) TALOS_SKIP("needs root");
    const passwd* account = ::getpwnam("www-data");
    REQUIRE(account != nullptr);
    const auto uid = std::to_string(account->pw_uid);
    const auto gid = std::to_string(account->pw_gid);
    const std::string home = account->pw_dir;
    Daemon daemon(
        worker(
            "web", shell(printing("id -u; id -g; id -G; echo $USER $HOME $SHELL; pwd; sleep 120 & echo end")),
            R"("user": "www-data", "cwd": "/", "env": {"SHELL": "mine"}, "log": {"format": "raw"}, "onSupervisorDeath": "kill")") +
        worker("number", shell(printing("id -u; id -g; id -G; echo end")),
               R"("user": "64124", "group": "4", "groups": ["adm", "5"], "cwd": "/", "log": {"format": "raw"})"));
    daemon.start();
    REQUIRE(has(daemon, "web", "end\n"));
    REQUIRE(has(daemon, "number", "end\n"));
    CHECK(daemon.worker_log("web") == uid + "\n" + gid + "\n" + gid + "\nwww-data " + home + " mine\n/\nend\n");
    CHECK(daemon.worker_log("number") == "64124\n4\n4 5\nend\n");
    struct stat info {};
    CHECK(::stat(daemon.data("logs/web.log").c_str(), &info) == 0);
    CHECK(info.st_uid == 0);   // the log stays talosd's
    const auto before = daemon.worker_in("web", "running");
    kill_main(before);
    CHECK(daemon.worker_after("web", before.pid).restarts == 1);
    CHECK(daemon.ctl({"stop", "web"}).code == 0);
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("process keys: a user that no database knows has / as its home, and no shell of talosd's user") {
    if (::geteuid() != 0) TALOS_SKIP("needs root");
    Daemon daemon(worker("w", shell(printing("echo $USER; echo $HOME; echo $${SHELL-none}; echo end")),
                         R"("user": "64124", "group": "64124", "cwd": "/", "log": {"format": "raw"})"));
    auto how = daemon.command();
    how.env.emplace_back("SHELL", "/bin/zsh");
    how.env.emplace_back("HOME", "/root");
    daemon.start(how);
    REQUIRE(has(daemon, "w", "end\n"));
    CHECK(daemon.worker_log("w") == "64124\n/\nnone\nend\n");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("process keys: a user that no database knows is in no group but the one that is given") {
    if (::geteuid() != 0) TALOS_SKIP("needs root");
    Daemon daemon(worker("w", shell(printing("id -G; echo end")),
                         R"("user": "64124", "group": "100", "cwd": "/", "log": {"format": "raw"})"));
    daemon.start();
    REQUIRE(has(daemon, "w", "end\n"));
    CHECK(daemon.worker_log("w") == "100\nend\n");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("process keys: an unknown user or group that was accepted fails that worker's start alone, in words") {
    Daemon daemon(worker("good", sleeper()) +
                  worker("bad", sleeper(), R"("user": "no-such-user", "restart": {"delay": "1h", "maxDelay": "1h"})") +
                  worker("worse", sleeper(), R"("group": "no-such-group", "restart": "never")"));
    daemon.start(daemon.command({"--no-accounts"}));
    daemon.worker_in("good", "running");
    CHECK(daemon.worker_in("bad", "backoff").reason.find("there is no user \"no-such-user\"") != std::string::npos);
    CHECK(daemon.worker_in("worse", "exited").reason.find("there is no group \"no-such-group\"") != std::string::npos);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("process keys: an ordinary user may name itself, and is told that it may not become another") {
    if (::geteuid() == 0) TALOS_SKIP("needs an ordinary user: root is refused nothing");
    const auto own = std::to_string(::geteuid());
    Daemon daemon(worker("own", sleeper(), "\"user\": \"" + own + "\"") +
                  worker("root", sleeper(), R"("user": "root", "restart": "never")"));
    daemon.start();
    daemon.worker_in("own", "running");
    CHECK(daemon.worker_in("root", "exited").reason.find("Operation not permitted (talosd runs as uid " + own + ")") !=
          std::string::npos);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("process keys: a worker of another user dies with talosd when it is to") {
    if (::geteuid() != 0) TALOS_SKIP("needs root");
    Daemon daemon(worker("w", sleeper(), R"("user": "64124", "group": "64124", "cwd": "/", "onSupervisorDeath": "kill")"));
    daemon.start();
    const auto view = daemon.worker_in("w", "running");
    daemon.kill();
    CHECK(eventually([&] { return !alive(view.pid); }));
}

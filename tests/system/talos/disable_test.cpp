#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include "system/talos/verbs.hpp"
#include <filesystem>
#include <sys/stat.h>

using namespace talos::test;

// Workers that nothing but a command by name starts.

TEST_CASE("disable: the worker stops, and no start of talosd, no reload and no pattern starts it, until it is enabled") {
    Daemon daemon(worker("web", sleeper()) + worker("db", sleeper()));
    daemon.start();
    daemon.worker_in("db", "running");
    const auto disabled = daemon.ctl({"disable", "db"});
    INFO(disabled.err);
    CHECK(disabled.code == 0);
    CHECK(disabled.out == "db: stopped\n");
    CHECK(says(daemon, "db", "disabled"));
    CHECK(has(daemon.ctl({"status"}).out, "disabled"));
    CHECK(has(daemon.ctl({"why", "db"}).out,
              "; db is disabled; `talosctl enable db` enables it, `talosctl start db` starts it.\n"));
    CHECK(daemon.stop() == 0);
    daemon.start();
    daemon.worker_in("web", "running");
    CHECK(daemon.worker_in("db", "stopped").pid == 0);
    CHECK(says(daemon, "db", "disabled"));

    const auto all = daemon.ctl({"start", "all"});
    CHECK(all.code == 0);
    CHECK(has(all.out, "db: stopped, disabled; `talosctl start db` starts it\n"));
    const auto restart = daemon.ctl({"restart", "db"});
    CHECK(restart.code == 1);
    CHECK(has(restart.err, "it is disabled"));
    daemon.configure(worker("web", sleeper()) + worker("db", {"sleep", "121"}));
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(daemon.worker_in("db", "stopped").pid == 0);

    CHECK(daemon.ctl({"start", "db"}).code == 0);   // once
    daemon.worker_in("db", "running");
    CHECK(says(daemon, "db", "disabled"));
    CHECK(daemon.stop() == 0);
    daemon.start();
    daemon.worker_in("web", "running");
    CHECK(daemon.worker_in("db", "stopped").pid == 0);
    const auto enabled = daemon.ctl({"enable", "db"});
    CHECK(enabled.code == 0);
    CHECK(enabled.out == "db: enabled, stopped; `talosctl start db` starts it\n");
    CHECK_FALSE(says(daemon, "db", "disabled"));
    CHECK_FALSE(exists(daemon.data("overrides.json")));
    CHECK(daemon.stop() == 0);
    daemon.start();
    daemon.worker_in("db", "running");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("disable: a worker that depends on it waits, and says for what") {
    Daemon daemon(worker("db", sleeper()) + worker("app", sleeper(), R"("dependsOn": {"db": "ready"})"));
    daemon.start();
    daemon.worker_in("app", "running");
    CHECK(daemon.ctl({"disable", "db"}).code == 0);
    CHECK(has(daemon.ctl({"why", "db"}).out, "Last command: disable by talosctl (pid "));
    CHECK(daemon.stop() == 0);
    daemon.start();
    const auto app = daemon.worker_when("app", [](const auto& view) { return has(view.reason, "db (disabled) to be ready"); });
    CHECK(app.state == "stopped");
    CHECK(app.goal == "up");
    const auto started = daemon.ctl({"start", "app"});
    CHECK(started.code == 1);
    CHECK(has(started.err, "waiting for db (disabled) to be ready: db is disabled; `talosctl enable db` enables it"));
    CHECK(daemon.ctl({"start", "db"}).code == 0);
    daemon.worker_in("app", "running");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("disable: it outlives a SIGKILL of talosd, and a damaged file keeps talosd from starting what must not run") {
    Daemon daemon(worker("db", sleeper()));
    daemon.start();
    CHECK(daemon.ctl({"disable", "db"}).code == 0);
    CHECK(read_text(daemon.data("overrides.json")) == "{\"disabled\":[\"db\"]}\n");
    struct stat info {};
    REQUIRE(::stat(daemon.data("overrides.json").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777u) == 0600);
    daemon.kill();
    daemon.start();
    CHECK(daemon.worker_in("db", "stopped").pid == 0);
    CHECK(daemon.stop() == 0);
    write_text(daemon.data("overrides.json"), "{\"disabled\":[\"d");
    const auto refused = run(daemon.command());
    CHECK(refused.code == 1);
    CHECK(has(refused.err + refused.out,
              "overrides.json, with the settings of `talosctl disable` and `talosctl scale --save`, is invalid"));
    CHECK(std::filesystem::remove(daemon.data("overrides.json")));
}

TEST_CASE("disable: start --wait and wait, which have no timeout, end for a worker that waits for a disabled one, and say what "
          "enables it") {
    Daemon daemon(worker("db", sleeper()) + worker("app", sleeper(), R"("dependsOn": {"db": "ready"})") +
                  worker("web", sleeper()));
    daemon.start();
    daemon.worker_in("app", "running");
    CHECK(daemon.ctl({"disable", "db"}).code == 0);
    CHECK(daemon.stop() == 0);
    const std::string hint = "db is disabled; `talosctl enable db` enables it, `talosctl start db` starts it";
    const auto started = daemon.ctl({"start", "--wait"});
    daemon.take_detached();
    CHECK(started.code == 1);
    CHECK(has(started.err, "1 of 3 workers failed:\n  app: stopped, waiting for db (disabled) to be ready: " + hint));
    const auto waited = daemon.ctl({"wait", "app"});
    CHECK(waited.code == 1);
    CHECK(has(waited.err, "app waits for a worker that will not come up: " + hint));
    const auto itself = daemon.ctl({"wait", "db", "--for", "healthy"});
    CHECK(itself.code == 1);
    const auto named = daemon.ctl({"wait", "db"});
    CHECK(named.code == 1);
    CHECK(has(named.err, hint));
    CHECK(daemon.ctl({"wait", "web", "d*"}).code == 0);   // a pattern does not mean it
    CHECK(daemon.ctl({"wait", "db", "--for", "stopped"}).code == 0);
    CHECK(daemon.ctl({"stop"}).code == 0);
}

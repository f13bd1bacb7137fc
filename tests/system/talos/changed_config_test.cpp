#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/skip.hpp"
#include "system/talos/api.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/terminal.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fcntl.h>
#include <sys/stat.h>

// A config that was edited, and what talosd runs with meanwhile.
using namespace talos::test;
namespace json = boost::json;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string note = "talosctl: talos.json has changed since it was loaded; see talosctl reload --dry-run\n";

bool config_changed(const Daemon& daemon) {
    const auto answer = daemon.ctl({"--json", "status"});
    INFO(answer.out << answer.err);
    REQUIRE(answer.code == 0);
    return json::parse(answer.out).at("configChanged").as_bool();
}

}   // namespace

TEST_CASE("a changed config: status, start and restart say so on stderr until a reload, a touch says nothing") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    daemon.worker_in("w", "running");
    CHECK(daemon.ctl({"status"}).err == "");
    CHECK_FALSE(config_changed(daemon));
    REQUIRE(::utimensat(AT_FDCWD, daemon.path("talos.json").c_str(), nullptr, 0) == 0);
    CHECK(daemon.ctl({"status"}).err == "");
    CHECK_FALSE(config_changed(daemon));

    daemon.configure(worker("w", {"sleep", "121"}));
    CHECK(daemon.ctl({"status"}).err == note);
    CHECK(config_changed(daemon));
    CHECK(daemon.ctl({"start", "w"}).err == note);
    const auto restarted = daemon.ctl({"--json", "restart", "w"});
    CHECK(restarted.err == note);
    const auto document = json::parse(restarted.out);
    CHECK(document.at("configChanged") == true);
    CHECK(document.at("changedFiles") == json::value{"talos.json"});
    const auto started = daemon.ctl({"start"});
    CHECK(started.code == 0);
    CHECK(has(started.out, "already running"));
    CHECK(started.err == note);
    CHECK(daemon.ctl({"stop", "w"}).err == "");

    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(daemon.ctl({"status"}).err == "");
    CHECK_FALSE(config_changed(daemon));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a changed config: a watched status shows it below the workers") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    daemon.worker_in("w", "running");
    daemon.configure(worker("w", {"sleep", "121"}));
    Terminal terminal;
    auto watching = daemon.ctl_command({"status", "--watch"});
    watching.terminal = terminal.name();
    watching.env = {{"TERM", "xterm"}};
    Process watch(watching);
    CHECK(terminal.shows("talos.json has changed since it was loaded; see talosctl reload --dry-run"));
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(eventually([&] {
        const auto shown = terminal.screen();
        const auto end = shown.rfind("\x1b[J");   // of the last whole picture
        if (end == std::string::npos) return false;
        const auto picture = shown.substr(0, end);
        return !has(picture.substr(picture.rfind("\x1b[H")), "changed since");
    }));
    terminal.type(ctrl_c);
    CHECK(watch.wait() == 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a changed config: includes, patterns and env files count, a dry run and a broken config leave it changed") {
    Daemon daemon;
    write_text(daemon.path("app.env"), "SECRET=one\n");
    daemon.configure(worker("w", sleeper(), R"("envFile": "app.env")"), R"("include": ["conf.d/*.json"],)");
    daemon.start();
    CHECK(daemon.ctl({"status"}).err == "");
    write_text(daemon.path("app.env"), "SECRET=two\n");
    CHECK(has(daemon.ctl({"status"}).err, "app.env has changed since it was loaded"));
    std::filesystem::create_directory(daemon.path("conf.d"));
    write_text(daemon.path("conf.d/more.json"), R"({"workers": {"more": {"command": "sleep 120"}}})");
    CHECK(has(daemon.ctl({"status"}).err, "app.env, conf.d/*.json have changed since they were loaded"));
    CHECK(daemon.ctl({"reload", "--dry-run"}).code == 0);
    CHECK(has(daemon.ctl({"status"}).err, "app.env"));
    write_text(daemon.path("talos.json"), "{");
    CHECK(daemon.ctl({"reload"}).code == 1);
    CHECK(has(daemon.ctl({"status"}).err, "talos.json"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a changed config: config --running prints what talosd runs with, masked, and diff the values on both sides") {
    Daemon daemon(worker("w", sleeper(), R"("env": {"TOKEN": "old-secret"})"));
    daemon.start();
    daemon.configure(worker("w", {"sleep", "121"}, R"("env": {"TOKEN": "new-secret", "MORE": "m"}, "restart": {"delay": "3s"})"));
    const auto running = daemon.ctl({"config", "--running"});
    CHECK(running.code == 0);
    CHECK(json::parse(running.out).at("workers").at("w").at("command") == json::value{"sleep", "120"});
    CHECK_FALSE(has(running.out, "secret"));
    CHECK(has(daemon.ctl({"config"}).out, "\"121\""));

    const auto diff = daemon.ctl({"diff"});
    CHECK(diff.code == 0);
    CHECK(diff.out == "~ w\n"
                      "    command (restart): [\"sleep\",\"120\"] → [\"sleep\",\"121\"]\n"
                      "    env (restart): TOKEN changed; MORE added\n"
                      "    restart.delay (live): \"100ms\" → \"3s\"\n"
                      "unchanged: 0 workers\n");
    CHECK(daemon.ctl({"reload", "--dry-run"}).out == diff.out);
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(json::parse(daemon.ctl({"config", "--running"}).out).at("workers").at("w").at("command") ==
          json::value{"sleep", "121"});
    CHECK(daemon.ctl({"diff"}).out == "no changes; 1 worker\n");
    CHECK(daemon.stop() == 0);
    const auto gone = daemon.ctl({"config", "--running"});
    CHECK(gone.code == 7);
    CHECK(has(gone.err, "talosd is not running"));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a changed config: instances are printed as the worker they are of, also after scale") {
    Daemon daemon(worker("w", sleeper(), R"("instances": 2)") + worker("other", sleeper()));
    daemon.start();
    REQUIRE(daemon.ctl({"scale", "w=3"}).code == 0);
    const auto workers = json::parse(daemon.ctl({"config", "--running"}).out).at("workers").as_object();
    CHECK(workers.size() == 2);
    CHECK(workers.at("w").at("instances") == 3);
    CHECK(workers.contains("other"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a changed config: a command without a config has none that could change") {
    Daemon daemon;
    auto how = daemon.command();
    how.argv = {how.argv.front(), "--data-dir", daemon.path("data"), "--", "sleep", "120"};
    daemon.launch(how);
    daemon.await_running();
    const auto answer = call(daemon, "GET", "/v1/status");
    CHECK(answer.status == 200);
    CHECK_FALSE(answer.json.contains("configChanged"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("a changed config: who may not control everything gets neither values nor the config, and of the news only that there "
          "are some") {
    if (!is_root()) TALOS_SKIP("needs root");
    Daemon daemon;
    REQUIRE(::chmod(daemon.path("").c_str(), 0711) == 0);
    const std::string top =
        R"("controlSocket": "control.sock", "access": [{"user": "65534", "may": "control", "workers": "w"}],)";
    daemon.configure(worker("w", sleeper()) + worker("v", sleeper()), top);
    daemon.start();
    daemon.configure(worker("w", {"sleep", "121"}) + worker("v", sleeper()), top);
    std::filesystem::copy_file(daemon.ctl_command({}).argv[0], daemon.path("talosctl"));
    const auto guest = [&](const std::vector<std::string>& words) {
        auto command = daemon.ctl_command(words);
        command.argv[0] = daemon.path("talosctl");
        command.before_exec = [] { become(nobody); };
        return run(command);
    };
    CHECK(guest({"diff"}).code == 4);
    CHECK(guest({"config", "--running"}).code == 4);
    const auto status = guest({"--json", "status"});
    CHECK(has(status.out, "\"configChanged\":true"));
    CHECK_FALSE(has(status.out, "changedFiles"));
    CHECK(has(status.err, "the config has changed since it was loaded"));
    CHECK(has(guest({"restart", "w"}).err, "the config has changed since it was loaded"));
    CHECK(daemon.stop() == 0);
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("another config: a reload refuses one that talosd does not run with, start says which one it runs with") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    daemon.worker_in("w", "running");
    const auto other = daemon.path("other.json");
    write_text(other, R"({"workers": {"w": {"command": "sleep 121"}}})");
    const auto ctl = [&](const std::string& verb) {
        auto command = daemon.ctl_command({verb});
        std::replace(command.argv.begin(), command.argv.end(), daemon.path("talos.json"), other);
        return run(command);
    };
    for (const char* verb : {"reload", "diff"}) {
        CAPTURE(verb);
        const auto refused = ctl(verb);
        CHECK(refused.code == 1);
        CHECK(has(refused.err, "talosd has loaded " + daemon.path("talos.json")));
    }
    const auto start = ctl("start");
    CHECK(start.code == 0);
    CHECK(has(start.err, "talosd has loaded " + daemon.path("talos.json") + ", not " + other));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("a changed config: whoever names a worker that only the new one has is told that it changed") {
    Daemon daemon(worker("w", sleeper()));
    daemon.start();
    daemon.worker_in("w", "running");
    daemon.configure(worker("w", sleeper()) + worker("fresh", sleeper()));
    const auto start = daemon.ctl({"start", "fresh"});
    CHECK(start.code == 5);
    CHECK(has(start.err, note));
    CHECK(has(daemon.ctl({"why", "fresh"}).err, note));
    CHECK(daemon.stop() == 0);
}

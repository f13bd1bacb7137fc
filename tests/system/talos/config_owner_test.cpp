#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include <csignal>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

// Whose config files root's talosd reads. Needs two users.
using namespace talos::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void give(const std::string& path, uid_t owner, mode_t mode) {
    REQUIRE(::lchown(path.c_str(), owner, owner) == 0);
    if (!std::filesystem::is_symlink(path)) REQUIRE(::chmod(path.c_str(), mode) == 0);
}

Finished check(const Daemon& daemon, const std::vector<std::string>& words = {},
               const std::vector<std::pair<std::string, std::string>>& env = {}) {
    std::vector<std::string> all{"--check"};
    all.insert(all.end(), words.begin(), words.end());
    auto command = daemon.command(all);
    command.env = env;
    return run(command);
}

void refused(const Daemon& daemon, const std::string& path, const std::string& part) {
    const auto checked = check(daemon);
    INFO(checked.out << checked.err);
    CHECK(checked.code == 1);
    CHECK(has(checked.err, path));
    CHECK(has(checked.err, part));
    const auto started = run(daemon.command());
    INFO(started.err);
    CHECK(started.code == 1);
    CHECK_FALSE(exists(daemon.data("daemon.pid")));
}

}   // namespace

TEST_CASE(
    "root's talosd refuses a config of another user with path, owner and mode, unless --trust-owner or SUDO_UID names the user") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    const Daemon daemon(worker("web", sleeper()));
    CHECK(check(daemon).code == 0);
    give(daemon.path("talos.json"), nobody, 0640);
    refused(daemon, daemon.path("talos.json"), "(uid 65534), mode 0640");
    CHECK(check(daemon, {"--trust-owner", "65534"}).code == 0);
    CHECK(check(daemon, {"--trust-owner", "nobody"}).code == 0);
    CHECK(check(daemon, {"--trust-owner", "1", "--trust-owner", "65534"}).code == 0);
    CHECK(check(daemon, {"--trust-owner", "1"}).code == 1);
    CHECK(check(daemon, {"--trust-owner", "no-such-user"}).code == 2);
    CHECK(check(daemon, {}, {{"SUDO_UID", "65534"}}).code == 0);
    for (const auto* text : {"", "x", "65534x", "-1", "4294967295", " 65534"})
        CHECK(check(daemon, {}, {{"SUDO_UID", text}}).code == 1);
}

TEST_CASE("all that is in the way of a config is in one message, with one command for it") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    const Daemon daemon(worker("web", sleeper()));
    give(daemon.path(""), nobody, 0775);
    give(daemon.path("talos.json"), nobody, 0664);
    const auto folder = daemon.path("").substr(0, daemon.path("").size() - 1);
    const auto checked = check(daemon);
    INFO(checked.err);
    CHECK(checked.code == 1);
    CHECK(has(checked.err, folder + " belongs to "));
    CHECK(has(checked.err, daemon.path("talos.json") + " belongs to "));
    CHECK(has(checked.err, "`chmod go-w " + folder + " " + daemon.path("talos.json") + "` closes them to others"));
    CHECK(has(checked.err, "` accepts files of this user"));
    const auto started = daemon.ctl({"start"});
    CHECK(started.code != 0);
    CHECK(has(started.err, daemon.path("talos.json")));
    CHECK_FALSE(has(started.err, "name an existing config"));   // it exists
    std::filesystem::remove(daemon.path("talos.json"));
    CHECK(has(daemon.ctl({"start"}).err, "name an existing config with --config"));
}

TEST_CASE("sudo in a directory of the user: talosd starts, its data is root's, and it says what a start by systemd needs") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    Daemon daemon(worker("web", sleeper()));
    give(daemon.path("talos.json"), nobody, 0644);
    give(daemon.path(""), nobody, 0755);
    auto start = daemon.ctl_command({"start"});
    start.env.push_back({"SUDO_UID", "65534"});
    const auto started = run(start);
    INFO(started.out << started.err);
    REQUIRE(started.code == 0);
    daemon.take_detached();
    struct stat info {};
    REQUIRE(::lstat(daemon.path("data").c_str(), &info) == 0);
    CHECK(info.st_uid == 0);
    CHECK((info.st_mode & 07777) == 0700);
    const std::string notice = "a start by systemd needs `--trust-owner ";
    CHECK(has(started.err, notice));
    CHECK(eventually([&] { return has(daemon.log(), notice); }));
    CHECK(daemon.ctl({"--trust-owner", "nobody", "stop"}).code == 0);
    const auto checked = check(daemon, {}, {{"SUDO_UID", "65534"}});
    CHECK(checked.err.find(notice) == checked.err.rfind(notice));
    CHECK(has(checked.err, notice));
    CHECK_FALSE(has(check(daemon, {"--trust-owner", "nobody"}, {{"SUDO_UID", "65534"}}).err, notice));
}

TEST_CASE("root of a user namespace: workers that notify have their socket, and nothing of the system is complained about") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    Daemon daemon(
        worker("web", shell("test -S \"$NOTIFY_SOCKET\" && echo reached; exec sleep 120"), R"("ready": {"notify": true})"));
    const auto in_namespace = [&](std::vector<std::string> words) {
        Command command = daemon.command();
        std::vector<std::string> argv{"unshare", "--user", "--map-root-user"};
        argv.insert(argv.end(), words.begin(), words.end());
        command.argv = argv;
        command.before_exec = [] { become(1); };
        return command;
    };
    if (run(in_namespace({"true"})).code != 0) TALOS_SKIP("no user namespace can be made here");
    give(daemon.path("talos.json"), 1, 0644);
    give(daemon.path(""), 1, 0755);
    std::filesystem::copy_file(daemon.command().argv[0], daemon.path("talosd"));
    auto words = daemon.command().argv;
    words[0] = daemon.path("talosd");
    daemon.launch(in_namespace(words));
    CHECK(eventually([&] { return has(daemon.worker_log("web"), "reached"); }));
    INFO(daemon.log());
    CHECK_FALSE(has(daemon.log(), "not used for sockets"));
    words.push_back("--check");
    const auto checked = run(in_namespace(words));
    INFO(checked.err);
    CHECK(checked.code == 0);
    CHECK_FALSE(has(checked.err, "root would execute"));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("root's talosd refuses a config that others can write, itself or by a directory above it") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    const auto mode = GENERATE(0664u, 0646u);
    {
        const Daemon daemon(worker("web", sleeper()));
        give(daemon.path("talos.json"), 0, mode);
        refused(daemon, daemon.path("talos.json"), mode == 0664u ? "its group" : "every user");
    }
    const Daemon daemon(worker("web", sleeper()));
    give(daemon.path(""), 0, 0777);
    refused(daemon, "directory", "mode 0777");
    give(daemon.path(""), 0, 01777);   // sticky: the file's owner decides
    CHECK(check(daemon).code == 0);
    give(daemon.path("talos.json"), nobody, 0644);
    refused(daemon, daemon.path("talos.json"), "uid 65534");
    give(daemon.path("talos.json"), 0, 0644);
    give(daemon.path(""), nobody, 0755);
    refused(daemon, "directory", "uid 65534");
}

TEST_CASE("root's talosd judges included files, env files, links and what they lead to") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    const Daemon daemon;
    std::filesystem::create_directory(daemon.path("conf.d"));
    write_text(daemon.path("conf.d/web.json"), "{\"workers\": {" + worker("web", sleeper(), R"("envFile": "../web.env")") + "}}");
    write_text(daemon.path("web.env"), "A=1\n");
    write_text(daemon.path("talos.json"), R"({"include": "conf.d/*.json"})");
    CHECK(check(daemon).code == 0);
    SECTION("an included file of another user") {
        give(daemon.path("conf.d/web.json"), nobody, 0644);
        refused(daemon, daemon.path("conf.d/web.json"), "uid 65534");
    }
    SECTION("an empty directory of another user that a pattern names") {
        std::filesystem::remove(daemon.path("conf.d/web.json"));
        give(daemon.path("conf.d"), nobody, 0755);
        refused(daemon, daemon.path("conf.d"), "uid 65534");
    }
    SECTION("an env file that others can write") {
        give(daemon.path("web.env"), 0, 0666);
        refused(daemon, daemon.path("web.env"), "every user");
    }
    SECTION("a link of root to a file in another user's directory") {
        std::filesystem::create_directory(daemon.path("theirs"));
        std::filesystem::rename(daemon.path("talos.json"), daemon.path("theirs/real.json"));
        give(daemon.path("theirs"), nobody, 0755);
        std::filesystem::create_symlink("theirs/real.json", daemon.path("talos.json"));
        refused(daemon, daemon.path("theirs"), "uid 65534");
    }
    SECTION("a link of another user to a file of root") {
        std::filesystem::rename(daemon.path("talos.json"), daemon.path("real.json"));
        std::filesystem::create_symlink("real.json", daemon.path("talos.json"));
        CHECK(check(daemon).code == 0);
        give(daemon.path("talos.json"), nobody, 0);
        refused(daemon, "link " + daemon.path("talos.json"), "uid 65534");
    }
}

TEST_CASE("an ordinary user's talosd reads whatever config that user may read") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    const Daemon daemon(worker("web", sleeper()));
    give(daemon.path(""), 1, 0755);
    give(daemon.path("talos.json"), 1, 0666);
    std::filesystem::copy_file(daemon.command().argv[0], daemon.path("talosd"));
    auto command = daemon.command({"--check"});
    command.argv[0] = daemon.path("talosd");
    command.before_exec = [] { become(nobody); };
    CHECK(run(command).code == 0);
}

TEST_CASE("as PID 1, talosd warns of a foreign config and reads it") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    const Daemon daemon(worker("web", sleeper()));
    give(daemon.path("talos.json"), nobody, 0644);
    auto command = daemon.command({"--check"});
    command.argv.insert(command.argv.begin(), {"unshare", "--pid", "--fork", "--mount-proc", "--kill-child"});
    const auto checked = run(command);
    INFO(checked.out << checked.err);
    CHECK(checked.code == 0);
    CHECK(has(checked.err, "warning: read " + daemon.path("talos.json")));
    CHECK(has(checked.err, "uid 65534"));
}

TEST_CASE("a reload judges the config anew, and --trust-owner holds for it") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    Daemon daemon(worker("web", sleeper()));
    const bool trusted = GENERATE(false, true);
    CAPTURE(trusted);
    const auto started =
        daemon.ctl(trusted ? std::vector<std::string>{"--trust-owner", "nobody", "start"} : std::vector<std::string>{"start"});
    INFO(started.err);
    REQUIRE(started.code == 0);
    daemon.take_detached();
    daemon.configure(worker("web", sleeper()) + worker("more", sleeper()));
    give(daemon.path("talos.json"), nobody, 0644);
    const auto reloaded = run(Command{.argv = {bin_dir() + "/talosctl", "--data-dir", daemon.path("data"), "reload"}});
    INFO(reloaded.out << reloaded.err);
    CHECK(reloaded.code == (trusted ? 0 : 1));
    CHECK(daemon.workers().size() == (trusted ? 2u : 1u));
    if (!trusted) CHECK(has(reloaded.err, "uid 65534"));
    CHECK(run(Command{.argv = {bin_dir() + "/talosctl", "--data-dir", daemon.path("data"), "stop"}}).code == 0);
}

TEST_CASE("root's talosctl believes no dataDir of a config of another user") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    Daemon daemon(worker("web", sleeper()));
    daemon.start();
    const TemporaryDirectory hostile;
    write_text(hostile / "talos.json", "{\"dataDir\": \"" + daemon.path("data") + "\", \"workers\": {}}");
    give(hostile / "talos.json", nobody, 0644);
    for (const auto* verb : {"stop", "status", "restart"}) {
        const auto done = run(Command{.argv = {bin_dir() + "/talosctl", verb}, .cwd = hostile.path()});
        INFO(done.out << done.err);
        CHECK(done.code != 0);
        CHECK(has(done.err, hostile / "talos.json"));
        CHECK(has(done.err, "--data-dir"));
    }
    CHECK(daemon.status()->at("state") == "running");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("check: warns of what root would execute, or run in, and others can change, but not of workers of that user") {
    if (!is_root()) TALOS_SKIP("only root can give files to another user");
    const Daemon daemon;
    std::filesystem::create_directory(daemon.path("app"));
    write_text(daemon.path("app/run"), "#!/bin/sh\nexec sleep 120\n");
    give(daemon.path("app/run"), 0, 0755);
    give(daemon.path("app"), nobody, 0755);
    give(daemon.path(""), 0, 0755);
    daemon.configure(worker("web", {daemon.path("app/run")}) + worker("db", sleeper(), R"("cwd": "app")") +
                     worker("theirs", {daemon.path("app/run")}, R"("user": "nobody", "cwd": "app")") +
                     worker("hooked", sleeper(), R"("hooks": {"preStart": {"command": ["app/run"]}})"));
    const auto checked = check(daemon);
    INFO(checked.out << checked.err);
    CHECK(checked.code == 0);
    CHECK(has(checked.err, "/workers/web/command: root would execute " + daemon.path("app/run")));
    CHECK(has(checked.err, "/workers/db/cwd: root would run in " + daemon.path("app")));
    CHECK(has(checked.err, "/workers/hooked/hooks/preStart: root would execute"));
    CHECK_FALSE(has(checked.err, "theirs"));
    CHECK_FALSE(has(checked.err, "/workers/db/command"));
    CHECK(check(daemon, {"--trust-owner", "nobody"}).err.empty());
}

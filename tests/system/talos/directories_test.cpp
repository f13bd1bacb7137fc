#include "support/catch.hpp"
#include "support/skip.hpp"
#include "system/talos/api.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/hook_file.hpp"
#include "system/talos/small_disk.hpp"
#include <algorithm>
#include <filesystem>
#include <sys/stat.h>

using namespace talos::test;
namespace fs = std::filesystem;

// Directories that talosd makes for a worker. Its own user's: root's would be those of the machine.

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool can_be_housed() { return !is_root() || run(Command{.argv = {"unshare", "--mount", "true"}}).code == 0; }

/// A talosd whose directories are seen under `runtime`, `state` and `logs`. Root has them in a mount namespace of its own, over those of the machine.
class Housed {
public:
    Housed() : root(is_root()) {
        for (const auto* name : {"runtime", "state", "state/log"}) fs::create_directory(daemon.path(name));
        for (const auto* name : {"runtime", "state", "state/log", ""}) fs::permissions(daemon.path(name), fs::perms(0755));
    }
    void start() {
        auto how = daemon.command();
        if (root) {
            const auto bind = [&](const std::string& from, const std::string& to) {
                return "mount --bind " + daemon.path(from) + " " + to + " && ";
            };
            std::vector<std::string> words{"unshare",
                                           "--mount",
                                           "sh",
                                           "-c",
                                           bind("runtime", "/run") + bind("state", "/var/lib") + bind("state/log", "/var/log") +
                                               "exec \"$@\"",
                                           "sh"};
            words.insert(words.end(), how.argv.begin(), how.argv.end());
            how.argv = words;
        } else {
            how.env = {{"XDG_RUNTIME_DIR", daemon.path("runtime")}, {"XDG_STATE_HOME", daemon.path("state")}};
        }
        daemon.start(how);
    }
    [[nodiscard]] std::string runtime(const std::string& name) const { return daemon.path("runtime/" + name); }
    [[nodiscard]] std::string state(const std::string& name) const { return daemon.path("state/" + name); }
    [[nodiscard]] std::string logs(const std::string& name) const { return daemon.path("state/log/" + name); }
    /// As the worker is told.
    [[nodiscard]] std::string told_runtime(const std::string& name) const { return root ? "/run/" + name : runtime(name); }
    [[nodiscard]] std::string told_state(const std::string& name) const { return root ? "/var/lib/" + name : state(name); }
    [[nodiscard]] std::string told_logs(const std::string& name) const { return root ? "/var/log/" + name : logs(name); }
    /// But for what mount(8) has made.
    [[nodiscard]] std::ptrdiff_t count_in_runtime() const {
        const fs::directory_iterator entries(daemon.path("runtime"));
        return std::count_if(fs::begin(entries), fs::end(entries),
                             [](const auto& entry) { return entry.path().filename() != "mount"; });
    }
    [[nodiscard]] bool nothing_in_runtime() const { return count_in_runtime() == 0; }

    Daemon daemon;
    bool root;
};

unsigned mode_of(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777u : 0;
}

uid_t owner_of(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_uid : ~0u;
}

constexpr const char* raw = R"("log": {"format": "raw"}, )";

}   // namespace

TEST_CASE("directories: they are there before the start and its preStart, with their modes, and the worker knows their paths") {
    if (!can_be_housed()) TALOS_SKIP("needs mount namespaces");
    Housed house;
    auto& daemon = house.daemon;
    const std::string tell = "echo $RUNTIME_DIRECTORY $STATE_DIRECTORY $LOGS_DIRECTORY; touch $LOGS_DIRECTORY/";
    daemon.configure(worker(
        "w", shell(tell + "main; echo $TALOS_RUN >/dev/null; exec sleep 120"),
        std::string(raw) +
            R"("directories": {"runtime": "app", "state": ["app", {"name": "app/cache", "mode": "0700"}], "logs": {"name": "app", "mode": "0750"}}, )" +
            hooks({{"preStart", tell + "preStart"}})));
    house.start();
    daemon.worker_in("w", "running");
    const auto paths = house.told_runtime("app") + " " + house.told_state("app") + ":" + house.told_state("app/cache") + " " +
                       house.told_logs("app") + "\n";
    CHECK(eventually([&] { return daemon.worker_log("w") == paths + paths; }));
    CHECK(mode_of(house.runtime("app")) == 0755);
    CHECK(mode_of(house.state("app")) == 0755);
    CHECK(mode_of(house.state("app/cache")) == 0700);
    CHECK(mode_of(house.logs("app")) == 0750);
    CHECK(exists(house.logs("app/preStart")));
    CHECK(eventually([&] { return exists(house.logs("app/main")); }));
    CHECK(daemon.stop() == 0);
    CHECK(house.nothing_in_runtime());
    CHECK(exists(house.logs("app/main")));
    CHECK(exists(house.state("app/cache")));
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("directories: that of the kind runtime stays over restarts and is removed at a stop") {
    if (!can_be_housed()) TALOS_SKIP("needs mount namespaces");
    Housed house;
    auto& daemon = house.daemon;
    daemon.configure(worker("w", shell("echo x >>$RUNTIME_DIRECTORY/runs; exec sleep 120"),
                            R"("restart": {"delay": "10ms"}, "directories": {"runtime": "app", "state": "app"})") +
                     worker("failed", shell("mkdir $RUNTIME_DIRECTORY/x; exit 3"),
                            R"("restart": "never", "directories": {"runtime": "failed"})"));
    house.start();
    const auto first = daemon.worker_in("w", "running");
    REQUIRE(eventually([&] { return read_text(house.runtime("app/runs")) == "x\n"; }));
    kill_main(first);
    daemon.worker_after("w", first.pid);
    REQUIRE(eventually([&] { return read_text(house.runtime("app/runs")) == "x\nx\n"; }));
    CHECK(daemon.ctl({"restart", "w"}).code == 0);
    REQUIRE(eventually([&] { return read_text(house.runtime("app/runs")) == "x\nx\nx\n"; }));
    daemon.worker_in("failed", "exited");
    CHECK(eventually([&] { return !exists(house.runtime("failed")); }));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(eventually([&] { return house.nothing_in_runtime(); }));
    CHECK(exists(house.state("app")));
    CHECK(daemon.ctl({"start", "w"}).code == 0);
    CHECK(eventually([&] { return read_text(house.runtime("app/runs")) == "x\n"; }));
    CHECK(daemon.stop() == 0);
    CHECK(house.nothing_in_runtime());
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("directories: links in a removed one are removed, and what they lead to is not") {
    if (!can_be_housed()) TALOS_SKIP("needs mount namespaces");
    Housed house;
    auto& daemon = house.daemon;
    fs::create_directory(daemon.path("victim"));
    write_text(daemon.path("victim/file"), "precious");
    const auto plant = "cd $RUNTIME_DIRECTORY && ln -s " + daemon.path("victim") + " link && ln -s " +
                       daemon.path("victim/file") +
                       " file && mkdir -p a/b && ln -s ../../link a/b/up && echo planted; exec sleep 120";
    daemon.configure(worker("w", shell(plant), std::string(raw) + R"("directories": {"runtime": "app"})"));
    house.start();
    REQUIRE(eventually([&] { return daemon.worker_log("w") == "planted\n"; }));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(eventually([&] { return house.nothing_in_runtime(); }));
    CHECK(read_text(daemon.path("victim/file")) == "precious");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("directories: a link in the place of one is a failed start that names it, and others are not held up") {
    if (!can_be_housed()) TALOS_SKIP("needs mount namespaces");
    Housed house;
    auto& daemon = house.daemon;
    fs::create_directory(daemon.path("victim"));
    fs::permissions(daemon.path("victim"), fs::perms(0700));
    fs::create_directory_symlink(daemon.path("victim"), house.state("app"));
    daemon.configure(worker("w", sleeper(), R"("restart": {"delay": "1h", "maxDelay": "1h"}, "directories": {"state": "app"})") +
                     worker("other", sleeper()));
    house.start();
    const auto waiting = daemon.worker_in("w", "backoff");
    CHECK(waiting.reason == "directories: " + house.told_state("app") + " is a symbolic link to " + daemon.path("victim") +
                                ", which is not followed");
    daemon.worker_in("other", "running");
    CHECK(mode_of(daemon.path("victim")) == 0700);
    CHECK(daemon.stop() == 0);
    CHECK(fs::is_symlink(house.state("app")));
}

TEST_CASE("directories: they are the worker's user's, and one of another user is refused with path and owner") {
    if (!is_root()) TALOS_SKIP("needs root");
    if (!can_be_housed()) TALOS_SKIP("needs mount namespaces");
    Housed house;
    auto& daemon = house.daemon;
    fs::create_directory(house.state("theirs"));
    REQUIRE(::chown(house.state("theirs").c_str(), 4711, 4711) == 0);
    daemon.configure(
        worker("w", shell("touch $RUNTIME_DIRECTORY/x $STATE_DIRECTORY/x && echo fine; exec sleep 120"),
               std::string(raw) +
                   R"("user": "65534", "group": "65534", "cwd": "/", "directories": {"runtime": "app", "state": "app/sub"})") +
        worker("refused", sleeper(),
               R"("user": "65534", "group": "65534", "cwd": "/", "restart": "never", "directories": {"state": "theirs"})"));
    house.start();
    CHECK(eventually([&] { return daemon.worker_log("w") == "fine\n"; }));
    CHECK(owner_of(house.runtime("app")) == nobody);
    CHECK(owner_of(house.state("app/sub")) == nobody);
    CHECK(owner_of(house.state("app")) == 0);
    CHECK(has(daemon.worker_in("refused", "exited").reason,
              "directories: /var/lib/theirs belongs to uid 4711, not to nobody (uid 65534), the worker's user"));
    CHECK(owner_of(house.state("theirs")) == 4711);
    CHECK(daemon.stop() == 0);
    CHECK(house.nothing_in_runtime());
}

TEST_CASE("directories: many files in a removed one hold up neither the loop nor the next start") {
    if (!can_be_housed()) TALOS_SKIP("needs mount namespaces");
    Housed house;
    auto& daemon = house.daemon;
    const auto fill = std::string("import os\nd = os.environ['RUNTIME_DIRECTORY']\nif not os.path.exists('filled'):\n    for i "
                                  "in range(10000): os.close(os.open(f'{d}/{i}', os.O_CREAT))\n"
                                  "    open('filled', 'w').close()\nos.execvp('sleep', ['sleep', '120'])");
    daemon.configure(worker("w", {installed("python3"), "-c", fill},
                            R"("cwd": ")" + daemon.path("") + R"(", "directories": {"runtime": "app"})") +
                     worker("other", sleeper()));
    house.start();
    REQUIRE(eventually([&] { return exists(daemon.path("filled")); }));
    CHECK(daemon.ctl({"stop", "w"}).code == 0);
    CHECK(daemon.ctl({"start", "w"}).code == 0);
    CHECK(fs::is_empty(house.runtime("app")));
    CHECK(daemon.ctl({"restart", "other"}).code == 0);
    CHECK(eventually([&] { return house.count_in_runtime() == 1; }));
    CHECK(daemon.stop() == 0);
    CHECK(house.nothing_in_runtime());
    CHECK(daemon.left_behind() == "");
}

TEST_CASE("directories: one of several workers is removed when the last of them is stopped") {
    if (!can_be_housed()) TALOS_SKIP("needs mount namespaces");
    Housed house;
    auto& daemon = house.daemon;
    daemon.configure(worker("one", sleeper(), R"("directories": {"runtime": "shared"})") +
                     worker("two", sleeper(), R"("directories": {"runtime": ["shared/two"]})"));
    house.start();
    daemon.worker_in("one", "running");
    daemon.worker_in("two", "running");
    CHECK(daemon.ctl({"stop", "one"}).code == 0);
    CHECK(exists(house.runtime("shared/two")));
    CHECK(daemon.ctl({"stop", "two"}).code == 0);
    CHECK(eventually([&] { return house.nothing_in_runtime(); }));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("directories: each instance has its own, and a reload with another name restarts the worker and removes the old one") {
    if (!can_be_housed()) TALOS_SKIP("needs mount namespaces");
    Housed house;
    auto& daemon = house.daemon;
    const auto config = [&](const std::string& name) {
        daemon.configure(worker("w", sleeper(), R"("instances": 2, "directories": {"runtime": ")" + name + "\"}"));
    };
    config("w-{index}");
    house.start();
    daemon.worker_in("w-2", "running");
    CHECK(exists(house.runtime("w-1")));
    CHECK(exists(house.runtime("w-2")));
    config("new-${TALOS_WORKER}");
    CHECK(call(daemon, "POST", "/v1/reload?wait=30s").json.at("reached").as_bool());
    daemon.worker_in("w-1", "running");
    CHECK(exists(house.runtime("new-w-1")));
    CHECK(eventually([&] { return !exists(house.runtime("w-1")) && !exists(house.runtime("w-2")); }));
    CHECK(daemon.stop() == 0);
    CHECK(house.nothing_in_runtime());
}

TEST_CASE("directories: where the environment does not say where they lie, the start has failed and says so") {
    if (is_root()) TALOS_SKIP("root's do not depend on the environment");
    Daemon daemon(worker("w", sleeper(), R"("restart": "never", "directories": {"runtime": "app"})"));
    auto how = daemon.command();
    how.env = {{"XDG_RUNTIME_DIR", ""}};
    daemon.start(how);
    CHECK(daemon.worker_in("w", "exited").reason == "directories: runtime: XDG_RUNTIME_DIR is not set, which says where it lies");
    CHECK(daemon.stop() == 0);
}

#include "support/catch.hpp"
#include "system/talos/api.hpp"
#include "system/talos/verbs.hpp"
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

using namespace talos::test;

// What commands set against the config and talosd keeps: saved numbers of instances, and the file with all of it.

namespace {

const std::string two_of_web = worker("web", sleeper(), R"("instances": 2)");

std::size_t running(const Daemon& daemon) {
    std::size_t count = 0;
    for (const auto& view : daemon.workers()) count += view.state == "running" && view.name.starts_with("web-");
    return count;
}

bool has_running(const Daemon& daemon, std::size_t count) {
    return eventually([&] { return running(daemon) == count && daemon.workers().size() == count; });
}

/// What talosd writes when it does not start.
std::string refused_start(const Daemon& daemon) {
    const auto finished = run(daemon.command());
    CHECK(finished.code == 1);
    return finished.err + finished.out;
}

}   // namespace

TEST_CASE(
    "scale: a saved number outlives reloads and restarts of talosd, status shows it, and the config's takes its place again") {
    Daemon daemon(two_of_web);
    daemon.start();
    REQUIRE(has_running(daemon, 2));
    const auto saved = daemon.ctl({"scale", "web=4", "--save"});
    INFO(saved.err);
    CHECK(saved.code == 0);
    CHECK(saved.out.starts_with("web: 4 instances, 2 before, saved until `talosctl scale web=config`\n"));
    CHECK(read_text(daemon.data("overrides.json")) == "{\"instances\":{\"web\":4}}\n");
    const std::string line =
        "web: 4 instances are saved instead of the config's 2; `talosctl scale web=config` removes the saved number\n";
    CHECK(has(daemon.ctl({"status"}).out, line));
    CHECK(has(daemon.ctl({"status", "web-3"}).out, line));
    CHECK(has(daemon.ctl({"status", "--json"}).out, R"("savedScales":[{"group":"web","instances":4,"configured":2}])"));

    CHECK(has(daemon.ctl({"reload"}).out, "no changes"));
    CHECK(has_running(daemon, 4));
    CHECK(daemon.stop() == 0);
    daemon.start();
    REQUIRE(has_running(daemon, 4));
    daemon.kill();
    daemon.start();
    REQUIRE(has_running(daemon, 4));

    const auto once = daemon.ctl({"scale", "web=1"});
    CHECK(once.out.starts_with(
        "web: 1 instance, 4 before, until the next reload or restart of talosd, which restores the saved 4\n"));
    CHECK(has(daemon.ctl({"diff"}).out, "+ web-2"));
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(has_running(daemon, 4));
    daemon.configure(worker("web", sleeper(), R"("instances": 3)"));
    CHECK(daemon.ctl({"reload"}).code == 0);
    CHECK(has_running(daemon, 4));
    CHECK(has(daemon.ctl({"status"}).out, "instead of the config's 3"));

    const auto back = daemon.ctl({"scale", "web=config"});
    CHECK(back.out == "web: 3 instances, 4 before, as in the config\nweb-4: removed\n");
    CHECK_FALSE(exists(daemon.data("overrides.json")));
    CHECK_FALSE(has(daemon.ctl({"status"}).out, "saved"));
    CHECK(has(daemon.ctl({"reload"}).out, "no changes"));
    CHECK(daemon.stop() == 0);
    daemon.start();
    CHECK(has_running(daemon, 3));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("scale: a saved number of none is one, and one that has become impossible leaves the config's and is told") {
    Daemon daemon(two_of_web + worker("app", sleeper()));
    daemon.start();
    CHECK(daemon.ctl({"scale", "web=0", "--save"}).code == 0);
    CHECK(daemon.stop() == 0);
    daemon.start();
    daemon.worker_in("app", "running");
    CHECK(daemon.workers().size() == 1);
    CHECK(daemon.ctl({"scale", "web=6", "--save"}).code == 0);
    CHECK(daemon.stop() == 0);
    daemon.configure(worker("web", sleeper(), R"("instances": 2, "ready": {"tcp": "127.0.0.1:6553{index}"})") +
                     worker("app", sleeper()));
    daemon.start();
    daemon.worker_in("app", "running");
    CHECK(daemon.workers().size() == 3);
    const std::string sentence = "the saved scale of web (6 instances) is not possible; the number in the config applies";
    CHECK(has(daemon.log(), sentence));
    const auto reload = daemon.ctl({"reload"});
    CHECK(has(reload.err + reload.out, sentence));
    CHECK(daemon.stop() == 0);
}

TEST_CASE("overrides: a damaged file, a large one, a symbolic link and one of another kind end the start, with words that say "
          "what to do") {
    Daemon daemon(worker("db", sleeper()));
    daemon.start();
    CHECK(daemon.ctl({"disable", "db"}).code == 0);
    CHECK(daemon.stop() == 0);
    const auto file = daemon.data("overrides.json");
    const auto whole = read_text(file);
    for (const std::string text : {"", "{\"disabled\":[\"d", "[]", "{\"disabled\":{}}", "{\"instances\":{\"web\":1001}}",
                                   "{\"instances\":{\"web\":-1}}"}) {
        CAPTURE(text);
        write_text(file, text);
        const auto said = refused_start(daemon);
        CHECK(has(said, "overrides.json, with the settings of `talosctl disable` and `talosctl scale --save`, is invalid: "));
        CHECK(has(said, "correct or remove it"));
    }
    write_text(file, "{\"disabled\":[\"" + std::string(5u << 20, 'x') + "\"]}");
    CHECK(has(refused_start(daemon), "overrides.json: File too large"));
    CHECK(std::filesystem::remove(file));
    write_text(daemon.path("elsewhere"), whole);
    std::filesystem::create_symlink(daemon.path("elsewhere"), file);
    CHECK(has(refused_start(daemon), "overrides.json is a symbolic link; remove it\n"));
    CHECK(read_text(daemon.path("elsewhere")) == whole);
    CHECK(std::filesystem::remove(file));
    REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    CHECK(has(refused_start(daemon), "overrides.json is not a regular file; remove it\n"));
    CHECK(std::filesystem::remove(file));
    daemon.start();
    daemon.worker_in("db", "running");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("overrides: a file that another user owns or could have written ends the start") {
    Daemon daemon(worker("db", sleeper()));
    daemon.start();
    CHECK(daemon.ctl({"disable", "db"}).code == 0);
    CHECK(daemon.stop() == 0);
    const auto file = daemon.data("overrides.json");
    REQUIRE(::chmod(file.c_str(), 0622) == 0);
    CHECK(has(refused_start(daemon), "overrides.json is writable for other users (mode 0622)"));
    REQUIRE(::chmod(file.c_str(), 0600) == 0);
    if (is_root()) {
        REQUIRE(::chown(file.c_str(), nobody, nobody) == 0);
        CHECK(has(refused_start(daemon), "overrides.json belongs to nobody (uid 65534)"));
        REQUIRE(::chown(file.c_str(), 0, 0) == 0);
    }
    daemon.start();
    CHECK(daemon.worker_in("db", "stopped").pid == 0);
    CHECK(daemon.stop() == 0);
}

TEST_CASE("overrides: names of no worker and what a newer talosd has set are kept") {
    Daemon daemon(two_of_web + worker("db", sleeper()));
    daemon.start();
    CHECK(daemon.stop() == 0);
    write_text(daemon.data("overrides.json"), R"({"disabled":["gone","../../etc"],"instances":{"old":7},"frozen":{"db":true}})");
    REQUIRE(::chmod(daemon.data("overrides.json").c_str(), 0600) == 0);
    daemon.start();
    daemon.worker_in("db", "running");
    CHECK(has(daemon.log(), "overrides.json names 3 workers that are not in the config; their entries are kept"));
    CHECK_FALSE(has(daemon.ctl({"status"}).out, "old"));
    CHECK(daemon.ctl({"disable", "db"}).code == 0);
    CHECK(daemon.ctl({"scale", "web=3", "--save"}).code == 0);
    CHECK(read_text(daemon.data("overrides.json")) ==
          "{\"disabled\":[\"../../etc\",\"db\",\"gone\"],\"instances\":{\"old\":7,\"web\":3},\"frozen\":{\"db\":true}}\n");
    CHECK(daemon.ctl({"enable", "db"}).code == 0);
    CHECK(daemon.ctl({"scale", "web=config"}).code == 0);
    CHECK(read_text(daemon.data("overrides.json")) ==
          "{\"disabled\":[\"../../etc\",\"gone\"],\"instances\":{\"old\":7},\"frozen\":{\"db\":true}}\n");
    CHECK(daemon.stop() == 0);
}

TEST_CASE("overrides: a symbolic link that is planted while talosd runs is not followed") {
    Daemon daemon(worker("db", sleeper()));
    daemon.start();
    daemon.worker_in("db", "running");
    write_text(daemon.path("elsewhere"), "precious");
    std::filesystem::create_symlink(daemon.path("elsewhere"), daemon.data("overrides.json"));
    CHECK(daemon.ctl({"disable", "db"}).code == 0);
    CHECK(read_text(daemon.path("elsewhere")) == "precious");
    struct stat info {};
    REQUIRE(::lstat(daemon.data("overrides.json").c_str(), &info) == 0);
    CHECK(S_ISREG(info.st_mode));
    CHECK(daemon.stop() == 0);
}

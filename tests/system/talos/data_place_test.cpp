#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "system/talos/daemon.hpp"
#include <filesystem>

// Where the data directory is when no option names one: the same for every folder that a command is given in.
using namespace talos::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// `DIR/talos.json` in folders of its own, `ops` beside it, and a home that has nothing.
struct Situation {
    Daemon daemon{worker("w", sleeper())};

    Situation() {
        std::filesystem::create_directories(daemon.path("ops"));
        std::filesystem::create_directories(daemon.path("home/.config/talos"));
    }
    /// Without --data-dir.
    [[nodiscard]] Command command(const std::string& program, const std::string& folder,
                                  const std::vector<std::string>& words) const {
        Command how;
        how.argv = {bin_dir() + "/" + program};
        how.argv.insert(how.argv.end(), words.begin(), words.end());
        how.env = {{"HOME", daemon.path("home")}};
        how.cwd = daemon.path(folder);
        return how;
    }
    [[nodiscard]] Finished ctl(const std::string& folder, const std::vector<std::string>& words) const {
        return run(command("talosctl", folder, words));
    }
};

}   // namespace

TEST_CASE("data directory: beside the config, whatever the working directory is, a second talosd is refused") {
    Situation at;
    at.daemon.launch(at.command("talosd", "ops", {"--config", "../talos.json"}));
    const auto running = [&] { return at.ctl("ops", {"--config", "../talos.json", "status", "w"}).code == 0; };
    REQUIRE(eventually(running));
    CHECK(exists(at.daemon.path(".talos/daemon.pid")));
    CHECK_FALSE(exists(at.daemon.path("ops/.talos")));
    CHECK(at.ctl("", {"status", "w"}).code == 0);
    CHECK(at.ctl("home", {"--config", at.daemon.path("talos.json"), "status", "w"}).code == 0);

    const auto again = at.ctl("home", {"--config", "../talos.json", "start"});
    CHECK(again.code == 0);
    CHECK(has(again.out, "talosd is already running, pid " + std::to_string(at.daemon.pid())));
    const auto second = run(at.command("talosd", "home", {"--config", "../talos.json"}));
    CHECK(second.code == 1);
    CHECK(has(second.err, "already runs in " + at.daemon.path(".talos")));
    CHECK(at.daemon.stop() == 0);
    CHECK(at.daemon.left_behind() == "");
}

TEST_CASE("data directory: of a config in ~/.config it is in ~/.local/state") {
    Situation at;
    std::filesystem::rename(at.daemon.path("talos.json"), at.daemon.path("home/.config/talos/talos.json"));
    at.daemon.launch(at.command("talosd", "ops", {}));
    REQUIRE(eventually([&] { return at.ctl("home", {"status", "w"}).code == 0; }));
    CHECK(exists(at.daemon.path("home/.local/state/talos/daemon.pid")));
    CHECK_FALSE(exists(at.daemon.path("ops/.talos")));
    CHECK(at.daemon.stop() == 0);
    CHECK(at.daemon.left_behind() == "");
}

TEST_CASE("data directory: of a command without a config it is in the working directory") {
    Situation at;
    at.daemon.launch(at.command("talosd", "ops", {"--", "sleep", "120"}));
    CHECK(eventually([&] { return exists(at.daemon.path("ops/.talos/status.json")); }));
    CHECK(at.daemon.stop() == 0);
    CHECK(at.daemon.left_behind() == "");
}

TEST_CASE("data directory: a talosd where earlier versions kept its data is named, and no second stack is started beside it") {
    Situation at;
    at.daemon.launch(at.command("talosd", "ops", {"--config", "../talos.json", "--data-dir", ".talos"}));
    REQUIRE(eventually([&] { return at.ctl("ops", {"--data-dir", ".talos", "status", "w"}).code == 0; }));

    const auto old = at.daemon.path("ops/.talos");
    const std::string named = "a talosd with this config is running (pid " + std::to_string(at.daemon.pid()) + ") in " + old;
    const auto start = at.ctl("ops", {"--config", "../talos.json", "start"});
    CHECK(start.code == 1);
    CHECK(has(start.err, named));
    CHECK(has(start.err, "`talosctl --data-dir " + old + " stop`"));
    const auto second = run(at.command("talosd", "ops", {"--config", "../talos.json"}));
    CHECK(second.code == 1);
    CHECK(has(second.err, named));
    CHECK_FALSE(exists(at.daemon.path(".talos")));
    const auto status = at.ctl("ops", {"--config", "../talos.json", "--json", "status"});
    CHECK(status.code == 3);
    CHECK(status.out == "{\"running\":false}\n");
    CHECK(has(status.err, named));
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"stop"}, {"stop", "w"}, {"wait", "w"}, {"logs"}, {"config", "--paths"}}) {
        std::vector<std::string> all{"--config", "../talos.json"};
        all.insert(all.end(), words.begin(), words.end());
        CAPTURE(words.front());
        CHECK(has(at.ctl("ops", all).err, named));
    }
    CHECK(alive(at.daemon.pid()));

    at.daemon.kill();
    const auto after = at.ctl("ops", {"--config", "../talos.json", "start"});
    CHECK(after.code == 1);
    CHECK(has(after.err, "a talosd with this config was killed in " + old));
    CHECK(at.ctl("ops", {"--data-dir", ".talos", "stop"}).code == 0);
    CHECK(at.daemon.left_behind() == "");
}

TEST_CASE("data directory: a dataDir that is added while talosd runs starts no second one") {
    Situation at;
    at.daemon.launch(at.command("talosd", "", {}));
    REQUIRE(eventually([&] { return at.ctl("", {"status", "w"}).code == 0; }));
    const auto place = at.daemon.path(".talos");
    at.daemon.configure(worker("w", sleeper()), R"("dataDir": "elsewhere", )");
    for (const char* verb : {"start", "restart"}) {
        CAPTURE(verb);
        const auto refused = at.ctl("", {verb});
        CHECK(refused.code == 1);
        CHECK(has(refused.err, "a talosd with this config is running (pid " + std::to_string(at.daemon.pid()) + ") in " + place));
    }
    CHECK(has(at.ctl("", {"status"}).err, "`talosctl --data-dir " + place + " stop`"));
    CHECK_FALSE(exists(at.daemon.path("elsewhere")));
    CHECK(at.daemon.stop() == 0);
    CHECK(at.daemon.left_behind() == "");
}

TEST_CASE("data directory: what earlier versions left elsewhere is named until there is a history in the new place") {
    Situation at;
    at.daemon.launch(at.command("talosd", "ops", {"--config", "../talos.json", "--data-dir", ".talos"}));
    REQUIRE(eventually([&] { return at.ctl("ops", {"--data-dir", ".talos", "status", "w"}).code == 0; }));
    CHECK(at.daemon.stop() == 0);

    at.daemon.launch(at.command("talosd", "ops", {"--config", "../talos.json"}));
    REQUIRE(eventually([&] { return at.ctl("ops", {"--config", "../talos.json", "status", "w"}).code == 0; }));
    const auto note = at.daemon.path("ops/.talos") + " contains history and logs of a talosd";
    CHECK(has(at.daemon.process().err(), note));
    CHECK(has(read_text(at.daemon.path(".talos/daemon.log")), note));
    CHECK(at.daemon.stop() == 0);
    const auto later = at.ctl("ops", {"--config", "../talos.json", "status"});
    CHECK(later.code == 3);
    CHECK(later.err == "");
    CHECK(at.daemon.left_behind() == "");
}

#include "support/catch.hpp"
#include "support/paths.hpp"
#include "support/skip.hpp"
#include "system/talos/daemon.hpp"
#include "system/talos/terminal.hpp"
#include <algorithm>
#include <filesystem>
#include <sstream>

using namespace talos::test;

namespace {

using Words = std::vector<std::string>;

std::string file(const std::string& name) { return source_dir() + "/config/completion/" + name; }

/// What bash offers for the last of the words, sorted.
Words offered(const Daemon& daemon, const Words& words) {
    Command bash;
    bash.argv = {installed("bash"),
                 "--norc",
                 "-c",
                 ". \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _talosctl; printf '%s\\n' "
                 "\"${COMPREPLY[@]}\"",
                 "bash",
                 file("talosctl.bash"),
                 bin_dir() + "/talosctl"};
    bash.argv.insert(bash.argv.end(), words.begin(), words.end());
    bash.cwd = daemon.path("");
    const auto finished = run(bash);
    INFO(finished.err);
    CHECK(finished.err.empty());
    std::istringstream lines(finished.out);
    Words found;
    for (std::string line; std::getline(lines, line);)
        if (!line.empty()) found.push_back(line);
    std::sort(found.begin(), found.end());
    return found;
}

bool is_installed(const std::string& shell) { return exists("/usr/bin/" + shell) || exists("/bin/" + shell); }

}   // namespace

TEST_CASE("completion in bash: verbs, options, states, and the workers of the talosd that is meant") {
    Daemon daemon(worker("web-1", sleeper()) + worker("web-2", sleeper()) + worker("db", sleeper()));
    CHECK(offered(daemon, {"st"}) == Words{"start", "status", "stop"});
    CHECK(offered(daemon, {"re"}) == Words{"reload", "reset", "restart", "resume"});
    CHECK(offered(daemon, {"--json", "wh"}) == Words{"why"});
    CHECK(offered(daemon, {"events", "--w"}) == Words{"--worker"});
    CHECK(offered(daemon, {"reload", "--"}).size() > 4);
    CHECK(offered(daemon, {"--co"}) == Words{"--color", "--config"});
    CHECK(offered(daemon, {"wait", "db", "--for", "st"}) == Words{"starting", "stopped", "stopping"});
    CHECK(offered(daemon, {"--color", "a"}) == Words{"always", "auto"});
    CHECK(offered(daemon, {"stop", "--timeout", ""}).empty());
    CHECK(offered(daemon, {"signal", "US"}) == Words{"USR1", "USR2"});

    // talosd does not run: the names of the config that is found, or named
    CHECK(offered(daemon, {"restart", "web"}) == Words{"web-1", "web-2"});
    CHECK(offered(daemon, {"signal", "HUP", "d"}) == Words{"db"});
    CHECK(offered(daemon, {"disable", "d"}) == Words{"db"});
    CHECK(offered(daemon, {"down", "d"}) == Words{"db"});
    CHECK(offered(daemon, {"help", "pa"}) == Words{"pause"});
    CHECK(offered(daemon, {"stop", ""}) == Words{"all", "db", "web-1", "web-2"});
    CHECK(offered(daemon, {"why", "db", ""}).empty());
    CHECK(offered(daemon, {"scale", "w"}) == Words{"web="});
    CHECK(offered(daemon, {"scale", "web", "="}).empty());
    CHECK(offered(daemon, {"scale", "web", "=", "3"}).empty());
    write_text(daemon.path("other.json"), R"({"workers": {"elsewhere": {"command": "true"}}})");
    CHECK(offered(daemon, {"--config", "other.json", "why", ""}) == Words{"elsewhere"});
    CHECK(offered(daemon, {"--config", "=", "other.json", "why", "else"}) == Words{"elsewhere"});

    daemon.start();
    daemon.configure(worker("not-yet", sleeper()));
    CHECK(offered(daemon, {"--data-dir", daemon.data(""), "logs", "w"}) == Words{"web-1", "web-2"});   // those that there are
    CHECK(daemon.stop() == 0);
    std::filesystem::remove(daemon.path("talos.json"));
    CHECK(offered(daemon, {"--config", "none.json", "stop", ""}) == Words{"all"});   // and no complaint on the screen
}

TEST_CASE("completion in bash: workers with instances are offered by their common name, too") {
    Daemon daemon(worker("web", sleeper(), R"("instances": 2)") + worker("none", sleeper(), R"("instances": 0)") +
                  worker("db", sleeper()));
    CHECK(offered(daemon, {"restart", "w"}) == Words{"web", "web-1", "web-2"});
    CHECK(offered(daemon, {"stop", ""}) == Words{"all", "db", "none", "web", "web-1", "web-2"});
    CHECK(offered(daemon, {"scale", "w"}) == Words{"web="});
    daemon.start();
    CHECK(offered(daemon, {"--data-dir", daemon.data(""), "status", "n"}) == Words{"none"});
    CHECK(daemon.stop() == 0);
}

TEST_CASE("completion in fish: verbs, workers, signals and values") {
    if (!is_installed("fish")) TALOS_SKIP("fish is not installed");
    Daemon daemon(worker("web", sleeper(), R"("instances": 2)") + worker("db", sleeper()));
    const auto offers = [&](const std::string& line) {
        Command fish{.argv = {installed("fish"), "--no-config", "-c", "source \"$argv[1]\"; complete -C \"$argv[2]\"",
                              file("talosctl.fish"), line},
                     .env = {{"HOME", daemon.path("")}, {"PATH", bin_dir() + ":/usr/bin:/bin"}},
                     .cwd = daemon.path("")};
        const auto done = run(fish);
        INFO(done.err);
        std::istringstream lines(done.out);
        Words found;
        for (std::string text; std::getline(lines, text);) found.push_back(text.substr(0, text.find('\t')));
        std::sort(found.begin(), found.end());
        return found;
    };
    CHECK(offers("talosctl st") == Words{"start", "status", "stop"});
    CHECK(offers("talosctl stop ") == Words{"all", "db", "web", "web-1", "web-2"});
    CHECK(offers("talosctl signal US") == Words{"USR1", "USR2"});
    CHECK(offers("talosctl signal d").empty());
    CHECK(offers("talosctl signal HUP d") == Words{"db"});
    CHECK(offers("talosctl wait --for st") == Words{"starting", "stopped", "stopping"});
    CHECK(offers("talosctl config --graph ") == Words{"dot", "mermaid"});
    CHECK(offers("talosctl scale w") == Words{"web="});
}

TEST_CASE("completion in zsh: verbs, workers, signals and values, in a terminal") {
    if (!is_installed("zsh")) TALOS_SKIP("zsh is not installed");
    Daemon daemon(worker("web", sleeper(), R"("instances": 2)") + worker("db", sleeper()));
    std::filesystem::create_directory(daemon.path("functions"));
    std::filesystem::copy_file(file("_talosctl"), daemon.path("functions/_talosctl"));
    Terminal terminal;
    Command zsh{
        .argv = {installed("zsh"), "-f", "-i"}, .env = {{"TERM", "xterm"}, {"HOME", daemon.path("")}}, .cwd = daemon.path("")};
    zsh.env.emplace_back("PATH", bin_dir() + ":/usr/bin:/bin");
    zsh.terminal = terminal.name();
    Process shell(zsh);
    terminal.type("PROMPT='%% '; RPROMPT=; fpath=(" + daemon.path("functions") +
                  " $fpath); autoload -Uz compinit; compinit -u -D; setopt noautomenu; print re''ady\n");
    REQUIRE(terminal.shows("ready\r\n"));
    const auto offers = [&](const std::string& line, const std::vector<std::string>& words) {
        terminal.forget();
        terminal.type(line + "\t\t");
        for (const auto& word : words) {
            CAPTURE(line, word);
            CHECK(terminal.shows(word));
        }
        const std::string clear_line = "\x15";
        terminal.type(clear_line + "print do''ne\n");
        CHECK(terminal.shows("done\r\n"));
    };
    offers("talosctl sta", {"start", "status"});
    offers("talosctl stop ", {"all", "db", "web-1", "web-2"});
    offers("talosctl signal U", {"USR1", "USR2"});
    offers("talosctl signal HUP d", {"db"});
    offers("talosctl wait --for st", {"starting", "stopped", "stopping"});
    terminal.type("exit\n");
    CHECK(shell.wait() == 0);
}

TEST_CASE("completion for zsh and fish: the shells take the files, and every verb is in them") {
    for (const char* name : {"_talosctl", "talosctl.fish", "talosctl.bash"})
        for (const char* verb : {"start", "stop", "restart", "status", "logs", "events", "why", "config", "wait", "signal",
                                 "scale", "reload", "diff"}) {
            CAPTURE(name, verb);
            CHECK(read_text(file(name)).find(verb) != std::string::npos);
        }
    if (is_installed("zsh")) CHECK(run({.argv = {installed("zsh"), "-n", file("_talosctl")}}).code == 0);
    if (is_installed("fish")) CHECK(run({.argv = {installed("fish"), "-n", file("talosctl.fish")}}).code == 0);
}

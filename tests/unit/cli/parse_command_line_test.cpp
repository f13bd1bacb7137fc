#include "cli/command_line/moment.hpp"
#include "cli/command_line/parse_command_line.hpp"
#include "support/catch.hpp"
#include <string>
#include <vector>

using namespace talos;
using namespace talos::cli;

namespace {

std::variant<CommandLine, EarlyEnd> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "talosctl");
    return parse_command_line(static_cast<int>(words.size()), words.data());
}

CommandLine line_of(const std::vector<const char*>& words) {
    auto parsed = parse(words);
    const auto* end = std::get_if<EarlyEnd>(&parsed);
    INFO((end != nullptr ? end->error + end->out : std::string{}));
    REQUIRE(end == nullptr);
    return std::get<CommandLine>(std::move(parsed));
}

EarlyEnd end_of(const std::vector<const char*>& words) {
    auto parsed = parse(words);
    REQUIRE(std::holds_alternative<EarlyEnd>(parsed));
    return std::get<EarlyEnd>(std::move(parsed));
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}   // namespace

TEST_CASE("command line: global options count before and after the verb") {
    for (const auto& line : {line_of({"--config", "a.json", "--data-dir=d", "--json", "--color", "never", "status"}),
                             line_of({"status", "--config", "a.json", "--data-dir=d", "--json", "--color", "never"})}) {
        CHECK(line.global.config == "a.json");
        CHECK(line.global.data_dir == "d");
        CHECK(line.global.json);
        CHECK(line.global.color == terminal::ColorMode::never);
        CHECK(std::holds_alternative<StatusOptions>(line.verb));
    }
}

TEST_CASE("command line: every verb is known") {
    CHECK(std::holds_alternative<StartOptions>(line_of({"start"}).verb));
    CHECK(std::holds_alternative<StopOptions>(line_of({"stop"}).verb));
    CHECK(std::holds_alternative<RestartOptions>(line_of({"restart"}).verb));
    CHECK(std::holds_alternative<LogsOptions>(line_of({"logs"}).verb));
    CHECK(std::holds_alternative<EventsOptions>(line_of({"events"}).verb));
    CHECK(std::get<WhyOptions>(line_of({"why", "web"}).verb).worker == "web");
    CHECK(std::get<WhyOptions>(line_of({"why"}).verb).worker.empty());
    CHECK(std::get<ConfigOptions>(line_of({"config", "--running"}).verb).running);
    CHECK(std::holds_alternative<DiffOptions>(line_of({"diff"}).verb));
    CHECK(std::holds_alternative<ConfigOptions>(line_of({"config"}).verb));
    CHECK(std::holds_alternative<WaitOptions>(line_of({"wait", "web"}).verb));
    CHECK(std::holds_alternative<SignalOptions>(line_of({"signal", "HUP", "web"}).verb));
    CHECK(std::holds_alternative<ScaleOptions>(line_of({"scale", "web=1"}).verb));
    CHECK(std::holds_alternative<ReloadOptions>(line_of({"reload", "--dry-run"}).verb));
}

TEST_CASE("command line: how many instances of which") {
    const auto scale = std::get<ScaleOptions>(line_of({"scale", "web=4", "a=b=0", "--no-wait", "api=1000"}).verb);
    CHECK(scale.groups ==
          std::vector<std::pair<std::string, std::optional<std::uint32_t>>>{{"web", 4}, {"a=b", 0}, {"api", 1000}});
    CHECK(scale.no_wait);
    CHECK(std::get<ScaleOptions>(line_of({"scale", "web=4", "--timeout", "2m"}).verb).timeout == Millis{120'000});
    for (const char* word : {"web", "web=", "=4", "web=-1", "web=1001", "web=4x", "web=+4", "web= 4", "4"}) {
        const auto end = end_of({"scale", word});
        CHECK(end.code == 2);
        CHECK(contains(end.error, word));
    }
    CHECK_FALSE(scale.save);
    CHECK(std::get<ScaleOptions>(line_of({"scale", "web=4", "--save"}).verb).save);
    CHECK_FALSE(std::get<ScaleOptions>(line_of({"scale", "web=config"}).verb).groups.front().second);
    CHECK(end_of({"scale"}).code == 2);
    CHECK(contains(end_of({"scale", "web=1", "web=2"}).error, "occurs more than once"));
}

TEST_CASE("command line: a worker may be named like a verb, a file too") {
    const auto line = line_of({"--config", "logs", "status", "stop", "why"});
    CHECK(line.global.config == "logs");
    CHECK(std::get<StatusOptions>(line.verb).workers == Words{"stop", "why"});
}

TEST_CASE("command line: durations, numbers and lists reach their options") {
    const auto stop = std::get<StopOptions>(line_of({"stop", "--timeout", "1m30s", "--force"}).verb);
    CHECK(stop.timeout == Millis{90'000});
    CHECK(stop.force);
    const auto logs = std::get<LogsOptions>(line_of({"logs", "-n", "0", "-f", "web", "db*"}).verb);
    CHECK(logs.lines == 0u);
    const auto all = std::get<LogsOptions>(line_of({"logs", "-n", "all"}).verb);
    CHECK_FALSE(all.lines.has_value());
    CHECK(all.since == 0);
    CHECK(std::get<LogsOptions>(line_of({"logs", "-n", "all", "--since", "2026-01-02"}).verb).since != 0);
    CHECK(logs.follow);
    CHECK(logs.workers == Words{"web", "db*"});
    CHECK_FALSE(std::get<LogsOptions>(line_of({"logs"}).verb).lines.has_value());
    const auto wait = std::get<WaitOptions>(line_of({"wait", "web", "--for", "exited", "--timeout", "5s"}).verb);
    CHECK(wait.state == "exited");
    CHECK(wait.timeout == Millis{5'000});
    CHECK(std::get<WaitOptions>(line_of({"wait", "web"}).verb).state == "running");
}

TEST_CASE("command line: the verbs that talk to talosd take their options") {
    const auto reload = std::get<ReloadOptions>(line_of({"reload", "--all-at-once", "--timeout", "2m"}).verb);
    CHECK(reload.all_at_once);
    CHECK(reload.timeout == Millis{120'000});
    CHECK(std::get<RestartOptions>(line_of({"restart", "web", "--no-wait"}).verb).no_wait);
    const auto restart = std::get<RestartOptions>(line_of({"restart", "web", "db*", "--timeout", "5s"}).verb);
    CHECK(restart.workers == Words{"web", "db*"});
    CHECK(restart.timeout == Millis{5'000});
    CHECK(std::get<StatusOptions>(line_of({"status", "--names"}).verb).names);
}

TEST_CASE("command line: commands that are done at once, and those on workers alone") {
    for (const char* verb : {"reset", "enable", "pause", "resume"}) {
        const auto immediate = std::get<ImmediateOptions>(line_of({verb, "web", "db*"}).verb);
        CHECK(immediate.verb == verb);
        CHECK(immediate.workers == Words{"web", "db*"});
        CHECK(end_of({verb}).code == 2);
    }
    CHECK(std::get<ImmediateOptions>(line_of({"rotate"}).verb).workers.empty());
    CHECK(std::get<DisableOptions>(line_of({"disable", "db", "--timeout", "5s"}).verb).timeout == Millis{5'000});
    CHECK(std::get<ReloadOptions>(line_of({"reload", "web"}).verb).workers == Words{"web"});
    CHECK(end_of({"reload", "web", "--dry-run"}).code == 2);
    CHECK(end_of({"reload", "web", "--all-at-once"}).code == 2);
    CHECK(std::get<StartOptions>(line_of({"start", "--wait"}).verb).wait);
    CHECK(std::get<StatusOptions>(line_of({"status", "--wide", "-w"}).verb).wide);
}

TEST_CASE("command line: events since a time or behind a sequence, so many or all") {
    const auto events = [](const std::vector<const char*>& words) { return std::get<EventsOptions>(line_of(words).verb); };
    CHECK_FALSE(events({"events"}).lines.has_value());
    CHECK(events({"events", "-n", "3"}).lines == 3u);
    CHECK(events({"events", "-n", "all"}).all);
    const auto before = wall_now();
    const auto hour_ago = events({"events", "--since", "1h"}).since;
    REQUIRE(hour_ago.has_value());
    CHECK(*hour_ago >= before - Millis{3'600'000});
    CHECK(*hour_ago <= wall_now() - Millis{3'600'000});
    CHECK(events({"events", "--since", "2026-01-29T00:31:10Z"}).since == wall_from_ms(1769646670000));
    CHECK(events({"events", "--since", "4711"}).since_sequence == 4711u);
    CHECK_FALSE(events({"events", "--since", "4711"}).since.has_value());
}

TEST_CASE("command line: which lines of the logs are wanted") {
    const auto logs = std::get<LogsOptions>(
        line_of({"logs", "--since", "2026-01-29T00:31:10.5Z", "--grep", "a|b", "-i", "--stream", "stderr"}).verb);
    CHECK(logs.since == 1769646670500000000);
    CHECK(logs.grep == "a|b");
    CHECK(logs.ignore_case);
    CHECK(logs.stream == "stderr");
    CHECK_FALSE(std::get<LogsOptions>(line_of({"logs", "--grep", "x"}).verb).ignore_case);
}

TEST_CASE("command line: with --json, wrong usage is one document, too") {
    const auto verb = end_of({"--json", "stauts"});
    CHECK(verb.out.starts_with("{\"error\":\"unknown verb \\\"stauts\\\""));
    CHECK(verb.out.find('\n') == verb.out.size() - 1);
    const auto option = end_of({"status", "--json", "--nope"});
    CHECK(contains(option.out, "{\"error\":\"talosctl status: "));
    CHECK(contains(option.out, "--nope"));
    CHECK(end_of({"status", "--nope"}).out.empty());
}

TEST_CASE("command line: wrong usage is exit code 2 and says what is wrong") {
    CHECK(contains(end_of({"stauts"}).error, "did you mean \"status\"?"));
    CHECK(contains(end_of({"--json", "stauts"}).error, "did you mean \"status\"?"));
    CHECK(contains(end_of({}).error, "a verb is required"));
    CHECK(contains(end_of({"wait", "web", "--for", "runing"}).error, "did you mean \"running\"?"));
    CHECK(contains(end_of({"wait", "web", "--for", "helthy"}).error, "did you mean \"healthy\"?"));
    CHECK(contains(end_of({"stop", "--timeout", "ten"}).error, "--timeout"));
    CHECK(contains(end_of({"--color", "blue", "status"}).error, "--color"));
    CHECK(contains(end_of({"signal", "NOPE", "web"}).error, "NOPE"));
    CHECK(contains(end_of({"status", "--wach"}).error, "talosctl status: unknown option \"--wach\"; did you mean \"--watch\"?"));
    CHECK(contains(end_of({"status", "--confg", "x"}).error, "unknown option \"--confg\"; did you mean \"--config\"?"));
    CHECK(contains(end_of({"status", "--nope"}).error, "unknown option \"--nope\"; see talosctl status --help"));
    CHECK(contains(end_of({"diff", "web"}).error, "unexpected argument \"web\""));
    for (const auto& words : std::vector<std::vector<const char*>>{{"stauts"},
                                                                   {},
                                                                   {"status", "--nope"},
                                                                   {"wait"},
                                                                   {"logs", "-n", "x"},
                                                                   {"logs", "-n", "-1"},
                                                                   {"stop", "--timeout", "5"},
                                                                   {"reload", "--dry-run", "--no-wait"},
                                                                   {"config", "--running", "--paths"},
                                                                   {"config", "--running", "--graph"},
                                                                   {"diff", "--all-at-once"},
                                                                   {"status", "--names", "--watch"},
                                                                   {"events", "--since", "yesterday"},
                                                                   {"events", "-n", "some"},
                                                                   {"logs", "--since", "yesterday"},
                                                                   {"logs", "--since", "4711"},
                                                                   {"logs", "--stream", "stdin"},
                                                                   {"logs", "-i"},
                                                                   {"config", "extra"},
                                                                   {"config", "--paths", "--validate"},
                                                                   {"--data-dir"}}) {
        const auto end = end_of(words);
        CHECK(end.code == 2);
        CHECK(end.out.empty());
        CHECK(contains(end.error, "talosctl"));
    }
}

TEST_CASE("command line: the times of logs") {
    const auto logs = std::get<LogsOptions>(
        line_of({"logs", "-t", "--utc", "--runs", "--since", "2026-01-29T00:31:10Z", "--until", "2026-01-29T00:31:11.5Z"}).verb);
    CHECK(logs.timestamps);
    CHECK(logs.utc);
    CHECK(logs.runs);
    CHECK(logs.until == 1769646671500000000);
    CHECK(logs.since == 1769646670000000000);
    CHECK(std::get<LogsOptions>(line_of({"logs", "--until", "10m"}).verb).until.has_value());
    CHECK_FALSE(std::get<LogsOptions>(line_of({"logs", "--until", "10m"}).verb).lines.has_value());
    CHECK(std::get<LogsOptions>(line_of({"logs", "--tail", "7"}).verb).lines == 7u);
    CHECK(std::get<LogsOptions>(line_of({"logs", "--tail=all"}).verb).since == 0);
    CHECK(end_of({"logs", "--until", "10m", "-f"}).code == 2);
    CHECK(contains(end_of({"logs", "--until", "soon"}).error, "--until"));
}

TEST_CASE("command line: help of each verb names its exit codes and goes to stdout") {
    CHECK(contains(end_of({"--help"}).out, "status"));
    for (const char* verb : {"start", "stop", "restart", "status", "logs", "events", "why", "config", "wait", "signal", "scale",
                             "reset", "disable", "enable", "pause", "resume", "rotate", "reload", "diff"}) {
        CAPTURE(verb);
        const auto end = end_of({verb, "--help"});
        CHECK(end.code == 0);
        CHECK(end.error.empty());
        CHECK(contains(end.out, "Exit codes"));
        CHECK(contains(end.out, verb));
    }
}

TEST_CASE("command line: words of other tools stand for verbs") {
    CHECK(std::holds_alternative<StatusOptions>(line_of({"ps"}).verb));
    CHECK(std::get<StatusOptions>(line_of({"--json", "ls", "-w", "up"}).verb).workers == Words{"up"});
    const auto tail = std::get<LogsOptions>(line_of({"tail", "-n", "3", "web"}).verb);
    CHECK(tail.follow);
    CHECK(tail.lines == 3u);
    CHECK(tail.workers == Words{"web"});
    CHECK(std::get<StartOptions>(line_of({"--config", "ps", "up", "down"}).verb).workers == Words{"down"});
    CHECK(std::get<StopOptions>(line_of({"down", "--force"}).verb).force);
    CHECK(end_of({"version"}).out == end_of({"--version"}).out);
    CHECK(end_of({"help"}).out == end_of({"--help"}).out);
    CHECK(end_of({"help", "stop"}).out == end_of({"stop", "--help"}).out);
    CHECK(end_of({"help", "down"}).out == end_of({"stop", "--help"}).out);
    CHECK(end_of({"help", "stop"}).code == 0);
    CHECK(contains(end_of({"help"}).out, "ps, ls (status)"));
}

TEST_CASE("command line: an unknown verb leads to the one that is meant, by meaning as by spelling") {
    const auto said = [](const char* word) { return end_of({word}).error; };
    CHECK(said("unpause") == "talosctl: unknown verb \"unpause\"; did you mean \"resume W\"?\n");
    CHECK(said("freeze") == "talosctl: unknown verb \"freeze\"; did you mean \"pause W\"?\n");
    CHECK(said("mask") == "talosctl: unknown verb \"mask\"; did you mean \"disable W\"?\n");
    CHECK(said("list") == "talosctl: unknown verb \"list\"; did you mean \"status\"?\n");
    CHECK(said("kill") == "talosctl: unknown verb \"kill\"; did you mean \"stop W\" or \"signal KILL W\"?\n");
    CHECK(contains(said("log"), "did you mean \"logs\"?"));
    CHECK(contains(said("describe"), "did you mean \"why W\"?"));
    CHECK(contains(said("update"), "did you mean \"reload\"?"));
    CHECK(contains(said("reread"), "did you mean \"reload\"?"));
    CHECK(contains(said("add"), "edit the config, then run: talosctl reload"));
    CHECK(contains(said("remove"), "edit the config, then run: talosctl reload"));
    CHECK(contains(said("tial"), "did you mean \"tail\"?"));
    CHECK(contains(said("frobnicate"), "see talosctl --help"));
}

TEST_CASE("command line: version is one line") {
    const auto end = end_of({"--version"});
    CHECK(end.code == 0);
    CHECK(end.out == std::string{"talosctl "} + TALOS_VERSION + "\n");
}

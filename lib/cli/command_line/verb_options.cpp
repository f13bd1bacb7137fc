#include "cli/command_line/verb_options.hpp"
#include "cli/command_line/moment.hpp"
#include "config/model/instances.hpp"
#include "core/duration.hpp"
#include "core/signal_name.hpp"
#include "core/text.hpp"
#include "state/status_document.hpp"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

namespace talos::cli {

namespace {

// An option and the setter for its value. An exception from the setter leads to exit code 2.
CLI::Option* add_duration(CLI::App& app, const char* flag, std::optional<Millis>& into, const char* words) {
    const auto set = [&into, name = std::string{flag}](const std::string& text) {
        const auto parsed = parse_duration(text);
        if (!parsed) throw CLI::ValidationError(name, parsed.error().message());
        into = *parsed;
    };
    return app.add_option_function<std::string>(flag, set, words)->type_name("DURATION");
}

// nullopt for anything but a whole number; CLI11 would turn a very large one into -1.
template <class Number>
std::optional<Number> number_in(const std::string& text) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

std::size_t count_of(const std::string& text) {
    const auto value = number_in<std::size_t>(text);
    if (!value) throw CLI::ValidationError("--lines", "expected a whole number, found \"" + text + "\"");
    return *value;
}

std::int64_t moment_of(const char* option, const std::string& text) {
    const auto parsed = parse_moment(text, wall_now());
    if (!parsed) throw CLI::ValidationError(option, parsed.error().message());
    return *parsed;
}

// A time, or the sequence of an event.
void set_since(EventsOptions& into, const std::string& text) {
    into.since_sequence = number_in<std::uint64_t>(text);
    if (into.since_sequence) return;
    into.since = wall_from_ms(moment_of("--since", text) / 1'000'000);
}

GraphFormat graph_format_of(const std::string& word) {
    if (word.empty() || word == "dot") return GraphFormat::dot;
    if (word == "mermaid") return GraphFormat::mermaid;
    throw CLI::ValidationError("--graph", "expected dot or mermaid, found \"" + word + "\"");
}

std::string stream_of(const std::string& word) {
    if (word != "stdout" && word != "stderr")
        throw CLI::ValidationError("--stream", "expected stdout or stderr, found \"" + word + "\"");
    return word;
}

// Parses NAME=N or NAME=config.
void add_group(ScaleOptions& into, const std::string& word) {
    const auto equals = word.rfind('=');
    const auto name = word.substr(0, equals);
    const auto number = equals == std::string::npos ? std::string() : word.substr(equals + 1);
    const auto count = number_in<std::uint32_t>(number);
    const bool right = number == "config" || (count && *count <= config::most_instances);
    if (!right || name.empty())
        throw CLI::ValidationError("WORKER", "expected WORKER=N with a whole number up to " +
                                                 std::to_string(config::most_instances) +
                                                 ", such as web=4, or WORKER=config; found \"" + word + "\"");
    for (const auto& [other, its_count] : into.groups)
        if (other == name) throw CLI::ValidationError("WORKER", "\"" + name + "\" occurs more than once");
    into.groups.emplace_back(name, number == "config" ? std::nullopt : count);
}

CLI::Option* add_workers(CLI::App& app, Words& into, const char* words) {
    return app.add_option("WORKER", into, words)->type_name("");
}

template <class Options>
void add_power(CLI::App& app, Options& options, const char* timeout_words) {
    add_workers(app, options.workers, "act on these workers instead of talosd");
    add_duration(app, "--timeout", options.timeout, timeout_words);
    app.add_flag("--no-wait", options.no_wait, "with workers: do not wait for the result");
}

void check_state(const std::string& word) {
    constexpr auto healthy = worker::to_text(worker::HealthState::healthy);
    if (state::state_from(word) || word == healthy) return;
    std::vector<std::string_view> states;
    std::string list;
    for (const auto state : state::documented_states) {
        states.push_back(worker::to_text(state));
        list.append(list.empty() ? "" : ", ").append(states.back());
    }
    states.push_back(healthy);
    list.append(", ").append(healthy);
    const auto near = nearest(word, states);
    throw CLI::ValidationError("--for",
                               "\"" + word + "\" is not a state" +
                                   (near.empty() ? "; the states are " + list : "; did you mean \"" + std::string{near} + "\"?"));
}

// The options of each verb, one overload per verb.
struct AddOptions {
    CLI::App& app;

    void operator()(StartOptions& o) const {
        add_power(app, o, "give up after DURATION (default: 30s; with workers: the time that their config allows)");
        app.add_flag("--wait", o.wait, "without workers: wait until all started workers are up; fail if one has failed");
    }
    void operator()(StopOptions& o) const {
        add_power(app, o, "SIGKILL talosd after DURATION (default: longest stop plan plus 5s); with workers: give up waiting");
        app.add_flag("--force", o.force, "SIGKILL talosd immediately");
    }
    void operator()(RestartOptions& o) const {
        add_power(app, o, "SIGKILL talosd after DURATION (default: longest stop plan plus 5s); with workers: give up waiting");
        app.add_flag("--rolling", o.rolling, "with workers: restart one after the other; stop at the first that fails");
        app.add_flag("--force", o.force, "SIGKILL talosd immediately");
    }
    void operator()(StatusOptions& o) const {
        add_workers(app, o.workers, "show only these workers");
        auto* watch = app.add_flag("-w,--watch", o.watch, "update the output on every change");
        auto* names = app.add_flag("--names", o.names, "print only the workers' names, one per line")->excludes(watch);
        app.add_flag("--wide", o.wide, "show memory and CPU time of each worker's processes")->excludes(names);
        app.add_flag("--tree", o.tree, "show dependencies below each worker")->excludes(names);
    }
    void operator()(LogsOptions& o) const {
        add_workers(app, o.workers, "the workers (default: all)");
        const auto set_lines = [&o](const std::string& text) {
            o.lines = text == "all" ? std::nullopt : std::optional(count_of(text));
            if (!o.lines && !o.since) o.since = 0;   // with --since, all lines since then are the default
        };
        app.add_option_function<std::string>("-n,--lines,--tail", set_lines,
                                             "show the last N lines, or `all` (default: 50; with --since: all)")
            ->type_name("N");
        app.add_option_function<std::string>(
               "--since", [&o](const std::string& text) { o.since = moment_of("--since", text); }, "show only lines since TIME")
            ->type_name("TIME");
        auto* until = app.add_option_function<std::string>(
                             "--until", [&o](const std::string& text) { o.until = moment_of("--until", text); },
                             "show only lines before TIME")
                          ->type_name("TIME");
        app.add_flag("-t,--timestamps", o.timestamps, "show each line's timestamp in local time");
        app.add_flag("--runs", o.runs, "mark where a new run of the worker begins");
        app.add_flag("--utc", o.utc, "with --timestamps or --runs: show times in UTC");
        auto* grep = app.add_option("--grep", o.grep, "show only lines that match the regular expression")->type_name("REGEX");
        app.add_flag("-i,--ignore-case", o.ignore_case, "with --grep: ignore case")->needs(grep);
        app.add_option_function<std::string>(
               "--stream", [&o](const std::string& word) { o.stream = stream_of(word); }, "show only stdout or only stderr")
            ->type_name("STREAM");
        app.add_flag("-f,--follow", o.follow, "follow new output until Ctrl-C")->excludes(until);
    }
    void operator()(EventsOptions& o) const {
        const auto set_lines = [&o](const std::string& text) {
            o.all = text == "all";
            if (!o.all) o.lines = count_of(text);
        };
        app.add_option_function<std::string>("-n,--lines", set_lines, "show the last N events, or `all` (default: 50)")
            ->type_name("N");
        app.add_option_function<std::string>(
               "--since", [&o](const std::string& text) { set_since(o, text); },
               "show only events since TIME, or after sequence N")
            ->type_name("TIME|N");
        app.add_option("--worker", o.worker, "show only events of workers that match PATTERN")->type_name("PATTERN");
        app.add_flag("-f,--follow", o.follow, "follow new events until Ctrl-C");
    }
    void operator()(WhyOptions& o) const {
        app.add_option("WORKER", o.worker, "the worker (default: all workers that are not in their wanted state)")->type_name("");
    }
    void operator()(ConfigOptions& o) const {
        auto* validate = app.add_flag("--validate", o.validate, "only check whether the config is valid");
        auto* paths = app.add_flag("--paths", o.paths, "show which files are used")->excludes(validate);
        auto* running = app.add_flag("--running", o.running, "show the config that talosd has loaded instead of the file")
                            ->excludes(validate)
                            ->excludes(paths);
        app.add_option_function<std::string>(
               "--graph", [&o](const std::string& word) { o.graph = graph_format_of(word); },
               "print the dependencies as dot (Graphviz) or mermaid")
            ->type_name("FORMAT")
            ->expected(0, 1)
            ->default_str("dot")
            ->excludes(validate)
            ->excludes(paths)
            ->excludes(running);
    }
    void operator()(WaitOptions& o) const {
        add_workers(app, o.workers, "the workers")->required();
        const auto set = [&o](const std::string& word) {
            check_state(word);
            o.state = word;
        };
        app.add_option_function<std::string>("--for", set, "the state (default: running)")->type_name("STATE");
        add_duration(app, "--timeout", o.timeout, "give up after DURATION (default: never)");
    }
    void operator()(SignalOptions& o) const {
        const auto set = [&o](const std::string& word) {
            if (!signal_number(word)) throw CLI::ValidationError("SIGNAL", "\"" + word + "\" is not a signal of this system");
            o.signal = word;
        };
        app.add_option_function<std::string>("SIGNAL", set, "e.g. HUP, SIGUSR1, 10")->type_name("")->required();
        add_workers(app, o.workers, "the workers")->required();
    }
    void operator()(ScaleOptions& o) const {
        const auto set = [&o](const std::vector<std::string>& words) {
            for (const auto& word : words) add_group(o, word);
        };
        app.add_option_function<std::vector<std::string>>("NUMBERS", set,
                                                          "WORKER=N: run N instances; WORKER=config: the number from the config")
            ->type_name("")
            ->required();
        app.add_flag("--save", o.save, "keep the number across reloads and restarts of talosd");
        app.add_flag("--no-wait", o.no_wait, "do not wait for the result");
        add_duration(app, "--timeout", o.timeout, "give up waiting after DURATION");
    }
    void operator()(DiffOptions&) const {}
    void operator()(ImmediateOptions& o) const {
        auto* workers = add_workers(app, o.workers, o.verb == "rotate" ? "the workers (default: all)" : "the workers");
        if (o.verb != "rotate") workers->required();
    }
    void operator()(DisableOptions& o) const {
        add_workers(app, o.workers, "the workers")->required();
        app.add_flag("--no-wait", o.no_wait, "do not wait for the stop");
        add_duration(app, "--timeout", o.timeout, "give up waiting after DURATION");
    }
    void operator()(ReloadOptions& o) const {
        auto* workers = add_workers(app, o.workers, "let these workers reload their own configs instead of talosd");
        auto* dry = app.add_flag("--dry-run", o.dry_run, "only show what would change")->excludes(workers);
        app.add_flag("--all-at-once", o.all_at_once, "restart all changed workers at the same time")->excludes(workers);
        app.add_flag("--no-wait", o.no_wait, "do not wait for the result")->excludes(dry);
        add_duration(app, "--timeout", o.timeout, "give up waiting after DURATION")->excludes(dry);
    }
};

}   // namespace

void add_options(CLI::App& app, Verb& verb) { std::visit(AddOptions{app}, verb); }

}   // namespace talos::cli

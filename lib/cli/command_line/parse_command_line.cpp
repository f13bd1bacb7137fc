#include "cli/command_line/parse_command_line.hpp"
#include "accounts/passwd.hpp"
#include "cli/command_line/exit_code.hpp"
#include "cli/command_line/help.hpp"
#include "cli/command_line/manual.hpp"
#include "cli/command_line/verb_options.hpp"
#include "cli/command_line/verb_words.hpp"
#include "core/text.hpp"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>
#include <vector>

namespace talos::cli {

namespace {

Verb verb_named(std::string_view name) {
    if (name == "start") return StartOptions{};
    if (name == "stop") return StopOptions{};
    if (name == "restart") return RestartOptions{};
    if (name == "status") return StatusOptions{};
    if (name == "logs") return LogsOptions{};
    if (name == "events") return EventsOptions{};
    if (name == "why") return WhyOptions{};
    if (name == "config") return ConfigOptions{};
    if (name == "wait") return WaitOptions{};
    if (name == "signal") return SignalOptions{};
    if (name == "scale") return ScaleOptions{};
    if (name == "diff") return DiffOptions{};
    if (name == "disable") return DisableOptions{};
    if (name != "reload") return ImmediateOptions{std::string{name}, {}};
    return ReloadOptions{};
}

void add_globals(CLI::App& app, GlobalOptions& global) {
    const auto set_color = [&global](const std::string& word) {
        const auto mode = terminal::color_mode_from(word);
        if (!mode) throw CLI::ValidationError("--color", "\"" + word + "\" is not one of auto, always, never");
        global.color = *mode;
    };
    app.add_option("--config", global.config, "the config file")->type_name("FILE");
    app.add_option("--data-dir", global.data_dir, "the data directory of talosd")->type_name("DIR");
    const auto set_owners = [&global](const std::vector<std::string>& users) {
        for (const auto& user : users) {
            const auto uid = accounts::local_uid(user);
            if (!uid)
                throw CLI::ValidationError("--trust-owner", "/etc/passwd has no user \"" + user + "\"; give the uid instead");
            global.trust_owners.push_back(*uid);
        }
    };
    app.add_option_function<std::vector<std::string>>("--trust-owner", set_owners,
                                                      "as root, also read config files of this user; may be repeated")
        ->type_name("USER")
        ->allow_extra_args(false);
    app.add_flag("--json", global.json, "print JSON");
    app.add_option_function<std::string>("--color", set_color, "auto, always or never")->type_name("WHEN");
    app.set_version_flag("--version", std::string{"talosctl "} + TALOS_VERSION)->description("print the version");
}

bool says(int argc, const char* const* argv, std::string_view word) {
    return std::any_of(argv + std::min(argc, 1), argv + argc, [&](const char* given) { return given == word; });
}

bool says_help(int argc, const char* const* argv) { return says(argc, argv, "--help") || says(argc, argv, "-h"); }

std::string missing_verb(const std::vector<const char*>& words) {
    const auto verb_index = find_verb(words);
    if (verb_index == words.size()) return "talosctl: a verb is required, such as talosctl status; see talosctl --help\n";
    const std::string word = words[verb_index];
    return "talosctl: unknown verb \"" + word + "\"" + instead_of(word) + "\n";
}

// The error for the first unexpected word.
std::string unexpected(const CLI::App& app, const CLI::App& verb) {
    auto words = app.remaining(true);
    if (words.empty()) words = verb.remaining(true);
    const auto option = std::find_if(words.begin(), words.end(), [](const std::string& word) { return word.starts_with('-'); });
    if (option == words.end()) return words.empty() ? "too many arguments" : "unexpected argument \"" + words.front() + "\"";
    std::vector<std::string> known;
    for (const auto* one : {&app, &verb})
        for (const auto* each : one->get_options())
            for (const auto& name : each->get_lnames()) known.push_back("--" + name);
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    const auto near = nearest(*option, candidates);
    return "unknown option \"" + *option + "\"" +
           (near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?");
}

/// The page that `help PAGE` names. Verbs take precedence over pages: `help logs`, `help config`.
const ManualPage* wanted_page(const std::vector<const char*>& words) {
    const auto verb_index = find_verb(words);
    if (verb_index + 1 >= words.size() || std::string_view(words[verb_index]) != "help") return nullptr;
    const std::string_view topic = words[verb_index + 1];
    const bool is_verb =
        std::any_of(std::begin(help::verbs), std::end(help::verbs), [&](const auto& verb) { return topic == verb.name; });
    return is_verb ? nullptr : find_page(topic);
}

/// With --json the error is one JSON document, as for every other failure.
EarlyEnd wrong_usage(int argc, const char* const* argv, std::string text) {
    EarlyEnd end{exit_code::usage, {}, std::move(text)};
    if (std::none_of(argv, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; })) return end;
    constexpr std::string_view front = "talosctl: ";
    std::string_view sentence = end.error;
    if (sentence.starts_with(front)) sentence.remove_prefix(front.size());
    while (sentence.ends_with('\n')) sentence.remove_suffix(1);
    end.out = escaped_json(boost::json::serialize(boost::json::object{{"error", valid_utf8(sentence)}})) + "\n";
    return end;
}

}   // namespace

std::variant<CommandLine, EarlyEnd> parse_command_line(int given, const char* const* arguments) {
    if (const auto* page = wanted_page({arguments, arguments + given}))
        return EarlyEnd{exit_code::ok, std::string{page->text}, {}, true};
    const auto words = without_aliases({arguments, arguments + given});
    const int argc = static_cast<int>(words.size());
    const char* const* argv = words.data();
    CLI::App app{help::summary, "talosctl"};
    app.set_help_flag("-h,--help", "show this help");
    app.get_formatter()->label("SUBCOMMAND", "VERB");
    app.footer(help::footer);
    app.require_subcommand(1);

    CommandLine line{};
    add_globals(app, line.global);
    std::vector<std::pair<const char*, Verb>> verbs;
    verbs.reserve(std::size(help::verbs));   // the options are bound to the elements
    // Creating all verbs with all options would take most of the run time of `talosctl status`. So only the verbs on the command
    // line are created, and all of them for the help and for suggestions after a typing error.
    const bool all = says_help(argc, argv) || std::none_of(std::begin(help::verbs), std::end(help::verbs),
                                                           [&](const auto& verb) { return says(argc, argv, verb.name); });
    for (const auto& verb : help::verbs) {
        const bool said = says(argc, argv, verb.name);
        if (!said && !all) continue;
        auto* sub = app.add_subcommand(verb.name, verb.line);
        sub->fallthrough()->group("Verbs");
        auto& options = verbs.emplace_back(verb.name, verb_named(verb.name)).second;
        if (!said) continue;
        sub->footer(std::string{verb.footer} + help::globals);
        add_options(*sub, options);
    }

    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForVersion& version) {
        return EarlyEnd{exit_code::ok, std::string{version.what()} + "\n", {}};
    } catch (const CLI::Success&) {
        return EarlyEnd{exit_code::ok, app.help(), {}};
    } catch (const CLI::ParseError& error) {
        const auto chosen = app.get_subcommands();
        if (chosen.empty()) {
            const bool about_verb = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr ||
                                    dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
            if (about_verb) return wrong_usage(argc, argv, missing_verb(words));
        }
        const std::string verb = chosen.empty() ? "" : " " + chosen.front()->get_name();
        if (!chosen.empty() && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
            return wrong_usage(
                argc, argv, "talosctl" + verb + ": " + unexpected(app, *chosen.front()) + "; see talosctl" + verb + " --help\n");
        return wrong_usage(argc, argv, "talosctl" + verb + ": " + error.what() + "; see talosctl" + verb + " --help\n");
    }
    const auto name = app.get_subcommands().front()->get_name();
    for (auto& [verb, options] : verbs)
        if (name == verb) line.verb = std::move(options);
    return line;
}

}   // namespace talos::cli

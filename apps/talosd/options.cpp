#include "options.hpp"

#include "accounts/accounts.hpp"
#include "core/text.hpp"
#include "daemon/daemon_log.hpp"
#include "terminal/width.hpp"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

namespace talosd {

namespace {

constexpr const char* footer = R"(Without COMMAND the workers of the config are supervised: --config, $TALOS_CONFIG, ./talos.json,
$XDG_CONFIG_HOME/talos/talos.json, /etc/talos/talos.json. With COMMAND, talosd supervises that program and exits with its code.

Signals: SIGTERM, SIGINT and SIGQUIT stop gracefully, a second one kills; SIGHUP reloads the config when talosd has no
terminal, and stops when its terminal was closed; SIGUSR1 reopens the logs.
Exit: 0 after a requested stop, 1 start-up error, 2 usage; with COMMAND its code, 128+N for signal N, 126 or 127 when it
cannot be executed.)";

/// CLI11 does not see what follows `--`.
class Help : public CLI::Formatter {
public:
    std::string make_usage(const CLI::App*, std::string) const override {
        return "Usage: talosd [OPTIONS] [-- COMMAND ARG...]\n";
    }
};

/// Everything after the first `--` is the command, whatever it contains.
std::vector<std::string> take_command(int& argc, char** argv, bool& given) {
    for (int at = 1; at < argc; ++at) {
        if (std::string_view(argv[at]) != "--") continue;
        given = true;
        std::vector<std::string> command(argv + at + 1, argv + argc);
        argc = at;
        return command;
    }
    return {};
}

std::string unknown_option(const CLI::App& app, const std::string& word) {
    std::vector<std::string> known;
    for (const auto* option : app.get_options())
        for (const auto& name : option->get_lnames()) known.push_back("--" + name);
    const auto near = talos::nearest(word, std::vector<std::string_view>(known.begin(), known.end()));
    return "unknown option \"" + word + '"' + (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?");
}

/// The error for the first unexpected word. For a command without `--` it shows the correct form.
std::string advice(const CLI::App& app, int argc, char** argv) {
    const auto extra = app.remaining();
    for (int at = 1; at < argc; ++at) {
        const std::string word = argv[at];
        if (std::find(extra.begin(), extra.end(), word) == extra.end()) continue;
        if (word.starts_with('-')) return unknown_option(app, word);
        std::vector<std::string> words(argv, argv + at);
        words.front() = "talosd";
        words.emplace_back("--");
        words.insert(words.end(), argv + at, argv + argc);
        return "a command must follow --: " + talos::join_words(words);
    }
    return "unexpected arguments";
}

std::optional<talos::config::RestartSpec::Policy> policy_from(std::string_view word) {
    using Policy = talos::config::RestartSpec::Policy;
    if (word == "always") return Policy::always;
    if (word == "on-failure") return Policy::on_failure;
    if (word == "never") return Policy::never;
    return std::nullopt;
}

int usage(std::string_view problem) {
    std::cerr << "talosd: " << talos::terminal::harmless_lines(problem, false) << "\nRun talosd --help for the options.\n";
    return 2;
}

}   // namespace

std::optional<Options> parse_options(int argc, char** argv, int& exit_code) {
    Options options;
    bool has_command = false;
    options.command = take_command(argc, argv, has_command);

    CLI::App app{"talosd starts programs and keeps them running.", "talosd"};
    app.formatter(std::make_shared<Help>());
    app.footer(footer);
    app.set_version_flag("--version", std::string("talosd ") + TALOS_VERSION, "print the version");
    std::string level = "info";
    std::string color = "auto";
    std::string restart;
    app.add_option("--config", options.config, "the config file")->type_name("FILE");
    app.add_option("--data-dir", options.data_dir, "directory for the PID file, status, logs and history")->type_name("DIR");
    bool no_accounts = false;
    app.add_flag("--no-accounts", no_accounts, "accept users and groups that do not exist on this machine");
    app.add_flag("--check", options.check, "check the config and show how processes would be tracked; start nothing");
    std::vector<std::string> owners;
    app.add_option("--trust-owner", owners, "as root, also read config files of this user; may be repeated")
        ->type_name("USER")
        ->allow_extra_args(false);
    app.add_option("--log-level", level, "trace, debug, info, warning, error or fatal (default: info)")->type_name("LEVEL");
    app.add_option("--color", color, "auto, always or never (default: auto)")->type_name("WHEN");
    app.add_option("--restart", restart, "restart policy of COMMAND: always, on-failure or never (default: never)")
        ->type_name("POLICY");
    app.add_option("--ready-fd", options.ready_fd)->group("");   // passed by talosctl start
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& done) {
        exit_code = app.exit(done);
        return std::nullopt;
    } catch (const CLI::ExtrasError&) {
        exit_code = usage(advice(app, argc, argv));
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        exit_code = usage(error.what());
        return std::nullopt;
    }
    exit_code = 2;
    const auto log_level = talos::daemon::level_from(level);
    const auto color_mode = talos::terminal::color_mode_from(color);
    if (!log_level)
        return usage("--log-level: \"" + level + "\" is not one of trace, debug, info, warning, error, fatal"), std::nullopt;
    if (!color_mode) return usage("--color: \"" + color + "\" is not one of auto, always, never"), std::nullopt;
    if (has_command && options.command.empty()) return usage("expected a command after --"), std::nullopt;
    if (!restart.empty() && !has_command)
        return usage("--restart requires -- COMMAND; for workers, set it in the config"), std::nullopt;
    options.restart = policy_from(restart);
    if (!restart.empty() && !options.restart)
        return usage("--restart: \"" + restart + "\" is not one of always, on-failure, never"), std::nullopt;
    if (no_accounts) options.accounts = talos::config::Accounts::may_be_missing;
    for (const auto& owner : owners) {
        const auto account = talos::accounts::find_account(owner);
        if (!account) return usage("--trust-owner: " + account.error().message()), std::nullopt;
        options.trust_owners.push_back(account->uid);
    }
    options.log_level = *log_level;
    options.color = *color_mode;
    return options;
}

}   // namespace talosd

#include "api/select.hpp"
#include "cli/command_line/exit_code.hpp"
#include "cli/command_line/moment.hpp"
#include "cli/session/api.hpp"
#include "cli/session/config_changes.hpp"
#include "cli/verbs/verbs.hpp"
#include "cli/views/live_status.hpp"
#include "cli/views/status_source.hpp"
#include "cli/views/status_view.hpp"
#include "config/load/parse.hpp"
#include "core/text.hpp"
#include "posix/processes/identity.hpp"
#include "terminal/style.hpp"
#include "terminal/width.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <set>
#include <unistd.h>

namespace talos::cli {

using api::names_of;
using api::select;

namespace {

using State = client::Probe::State;

ViewSettings settings_now(const Context& context, bool wide = false) {
    return {context.color(),
            context.columns(),
            wall_now(),
            posix::boottime_ticks(),
            static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)),
            wide};
}

Usage usage_of(const StatusOptions& options) { return options.wide ? Usage::with : Usage::without; }

// One output of status: text for stdout, a complaint for stderr, and the exit code.
struct Shown {
    std::string out;
    std::string complaint;
    int code = exit_code::ok;
};

std::string line_of(const boost::json::object& object) { return escaped_json(boost::json::serialize(object)) + "\n"; }

// For words that match no worker: `all` without workers, and groups without instances.
std::string empty_lines(const state::StatusDocument& document, const std::vector<std::string>& words) {
    std::string lines;
    for (const auto& group : document.head.empty_groups)
        if (std::find(words.begin(), words.end(), group) != words.end()) lines += group + ": 0 instances\n";
    return lines;
}

Shown picture_of_running(const Context& context, const StatusOptions& options, const state::StatusDocument& document,
                         const state::DataDirectory& files, const std::string& stale) {
    const auto chosen = select(names_of(document), options.workers);
    if (!chosen) {
        const auto sentence = chosen.error().message();
        return {context.json() ? line_of({{"error", sentence}}) : "", sentence, exit_code::no_such_worker};
    }
    const auto view = settings_now(context, options.wide);
    Shown shown;
    shown.complaint = stale;
    if (context.json()) shown.out = line_of(status_json(document, *chosen, view));
    else if (chosen->empty() && !options.workers.empty()) shown.out = empty_lines(document, options.workers);
    else {
        if (!chosen->empty())
            shown.out = options.tree ? worker_tree(document, *chosen, view) : worker_table(document, *chosen, view);
        shown.out += scale_lines(document, *chosen, options.workers.empty(), view);
        if (options.workers.empty()) shown.out += daemon_line(document, files.path(), view) + process_lines(document, view);
    }
    const auto is_up = [&](std::size_t i) { return state::is_up(document.workers[i]); };
    if (!options.workers.empty() && !std::all_of(chosen->begin(), chosen->end(), is_up)) shown.code = exit_code::not_running;
    return shown;
}

Shown show_dead(const Context& context, const client::Probe& probe, const state::DataDirectory& files) {
    Shown shown;
    shown.code = exit_code::failed;
    if (context.json()) {
        shown.out = line_of({{"running", false}, {"stale", true}});
        return shown;
    }
    if (!probe.document && !probe.reason.empty()) {   // there is no evidence that a talosd wrote it
        shown.out = "talosd is not running; " + terminal::harmless(probe.reason, false) +
                    "\n`talosctl start` replaces the file; `talosctl stop` removes it\n";
        return shown;
    }
    const bool same_boot = probe.document && probe.document->head.identity.boot_id == posix::boot_id();
    const auto survivors = probe.document ? client::find_survivors(*probe.document) : std::vector<client::Survivors>{};
    shown.out = crash_text(probe.document, same_boot, survivors, files.path(), settings_now(context));
    return shown;
}

Shown show_status(const Context& context, const StatusOptions& options, const client::Probe& probe,
                  const state::DataDirectory& files) {
    switch (probe.state) {
    case State::running: return picture_of_running(context, options, *probe.document, files, probe.reason);
    case State::dead: {
        auto shown = show_dead(context, probe, files);
        if (!options.workers.empty()) shown.code = exit_code::not_running;
        return shown;
    }
    case State::not_running:
        return {context.json() ? line_of({{"running", false}})
                               : "talosd is not running (data directory " + terminal::harmless(files.path(), false) + ")\n",
                {},
                exit_code::not_running};
    case State::starting:
    case State::unknown:
        return {context.json() ? line_of({{"unknown", probe.reason}}) : "", unknown_sentence(probe), exit_code::unknown};
    }
    __builtin_unreachable();
}

// Two outputs of the same status differ only in their uptimes.
bool same_picture(const std::optional<client::Probe>& before, const client::Probe& now) {
    return before && before->state == now.state && before->document == now.document && before->reason == now.reason;
}

// Overwrites the screen line by line instead of clearing it first, which avoids flicker.
std::string as_screen(const std::string& text, std::size_t rows) {
    std::string screen = "\x1b[H";
    std::size_t shown = 0;
    for (std::size_t at = 0; at < text.size() && shown + 1 < rows; ++shown) {
        const auto end = text.find('\n', at);
        screen.append(text, at, end - at).append("\x1b[K\n");
        at = end == std::string::npos ? text.size() : end + 1;
    }
    return screen + "\x1b[J";
}

class Watching {
public:
    Watching(Context& context, const StatusOptions& options, const state::DataDirectory& files)
        : context_(context), options_(options), files_(files), screen_(context.terminal() && !context.json()) {}

    int run() {
        auto signals = signal_descriptor({SIGINT, SIGTERM, SIGWINCH});
        if (!signals) return context_.fail(exit_code::unknown, signals.error());
        const auto source = open_status_source(context_, usage_of(options_));
        if (!source) return context_.fail(exit_code::unknown, source.error());
        if (screen_) context_.out.text += "\x1b[?25l\x1b[?7l\x1b[2J";   // hide the cursor, disable line wrap, clear
        const int code = loop(**source, *signals);
        if (screen_) context_.out.text += "\x1b[?7h\x1b[?25h";
        return code;
    }

private:
    int loop(StatusSource& source, const posix::UniqueFd& signals) {
        for (bool redraw = true;;) {
            if (redraw) {
                auto probe = source.probe();
                if (!probe) return context_.fail(exit_code::unknown, probe.error());
                source.history([](std::string_view) {});   // read, so that the next notification wakes the wait
                show(std::move(*probe));
            } else if (screen_) {
                draw();
            }
            if (!context_.out.flush()) return exit_code::ok;
            switch (source.wait(next_tick(), signals.get(), STDOUT_FILENO)) {
            case StatusSource::What::reader_gone: return exit_code::ok;
            case StatusSource::What::changed: redraw = true; break;
            case StatusSource::What::time: redraw = options_.wide; break;   // resource usage changes without an event
            case StatusSource::What::other:
                if (ends(signals)) return exit_code::ok;
                redraw = false;
                break;
            }
        }
    }

    static bool ends(const posix::UniqueFd& signals) {
        for (int signal = next_signal(signals); signal != 0; signal = next_signal(signals))
            if (signal != SIGWINCH) return true;
        return false;
    }

    // On a terminal, uptimes are refreshed while a worker is up.
    [[nodiscard]] std::optional<SteadyTime> next_tick() const {
        if (!screen_ || !last_ || last_->state != State::running) return std::nullopt;
        return std::chrono::steady_clock::now() + std::chrono::seconds{1};
    }

    void show(client::Probe probe) {
        if (!screen_ && same_picture(last_, probe)) return;
        last_ = std::move(probe);
        draw();
    }

    void draw() {
        const auto shown = show_status(context_, options_, *last_, files_);
        std::string text =
            shown.out.empty() && !context_.json() ? "talosctl: " + terminal::harmless(shown.complaint, false) + "\n" : shown.out;
        if (screen_) text += news_line();
        if (screen_) context_.out.text += as_screen(text, terminal::terminal_rows(STDOUT_FILENO));
        else if (context_.json() || !drawn_) context_.out.text += text;
        else context_.out.text += "\n" + text;
        drawn_ = true;
    }

    // On a full-screen view, text on stderr would be overwritten.
    [[nodiscard]] std::string news_line() const {
        if (last_->state != State::running || !last_->document->head.config_changed.value_or(false)) return {};
        const auto sentence = terminal::harmless(changed_sentence(last_->document->head.changed_files), false);
        return terminal::paint(terminal::Color::yellow, sentence, context_.color()) + "\n";
    }

    Context& context_;
    const StatusOptions& options_;
    const state::DataDirectory& files_;
    bool screen_;
    bool drawn_ = false;
    std::optional<client::Probe> last_;
};

client::Probe over_socket(const Context& context, const client::DaemonManager& manager, client::Probe probe,
                          Usage usage = Usage::without) {
    if (probe.state != State::unknown || !probe.no_permission) return probe;
    const auto socket = socket_instead(context, manager);
    if (!socket) return probe;
    http::Client client{*socket};
    auto document = ask_status(client, answer_patience, usage);
    if (!document) {
        probe.reason = document.error().message();
        return probe;
    }
    return {State::running, std::move(*document), {}, false};
}

// The status over the socket; without an answer, status.json.
client::Probe probe_now(const Context& context, const client::DaemonManager& manager, Usage usage) {
    return over_socket(context, manager, with_answer(locate(context.options(), Need::config), manager.probe_settled(), usage),
                       usage);
}

// For names: the file if it can be read, else the socket.
client::Probe names_now(const Context& context, const client::DaemonManager& manager) {
    return over_socket(context, manager, manager.probe_settled());
}

// For completion, groups included: fast, and silent about errors.
int show_names(Context& context, const StatusOptions& options, const client::Probe& probe) {
    std::vector<api::Named> names;
    if (probe.document) names = names_of(*probe.document);
    else if (const DaemonLocation location = locate(context.options(), Need::config); !location.config_text.empty())
        names = names_of(names_and_places(location).config);
    const auto chosen = select(names, options.workers);
    if (!chosen) return context.fail(exit_code::no_such_worker, chosen.error());
    if (!context.json() && options.workers.empty()) {
        std::set<std::string> groups;
        for (const auto& one : names)
            if (!one.group.empty() && groups.insert(one.group).second) context.say(one.group + "\n");
    }
    boost::json::array list;
    for (const auto index : *chosen) {
        if (context.json()) list.emplace_back(names[index].name);
        else context.say(names[index].name + "\n");
    }
    if (context.json()) context.document(list);
    return exit_code::ok;
}

}   // namespace

int status(Context& context, const StatusOptions& options) {
    const auto manager = context.manager();
    if (!manager) return context.fail(exit_code::unknown, manager.error(), "or give the data directory with --data-dir");
    if (options.watch) return Watching{context, options, manager->files()}.run();
    if (options.names) return show_names(context, options, names_now(context, *manager));
    const auto probe = probe_now(context, *manager, usage_of(options));
    const auto shown = show_status(context, options, probe, manager->files());
    context.out.text += shown.out;
    if (!shown.complaint.empty()) context.note(shown.complaint);
    if (probe.state == State::running) note_changed_config(context, probe.document->head);
    if (probe.state == State::not_running) note_former_data(context);
    return shown.code;
}

}   // namespace talos::cli

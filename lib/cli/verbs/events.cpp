#include "api/select.hpp"
#include "cli/command_line/exit_code.hpp"
#include "cli/command_line/moment.hpp"
#include "cli/session/answers.hpp"
#include "cli/session/api.hpp"
#include "cli/session/event.hpp"
#include "cli/session/event_stream.hpp"
#include "cli/session/watch.hpp"
#include "cli/verbs/verbs.hpp"
#include "logs/read/log_lines.hpp"
#include "terminal/width.hpp"
#include <algorithm>
#include <deque>
#include <sys/inotify.h>
#include <unistd.h>

namespace talos::cli {

using logs::BackwardLines;
using logs::ForwardLines;

namespace {

struct Line {
    std::string json;
    Event event;
};

class History {
public:
    History(Context& context, const EventsOptions& options, api::HistoryOf workers, std::string path)
        : context_(context), options_(options), workers_(std::move(workers)), path_(std::move(path)) {}

    int run_over(const http::Endpoint& socket) {
        EventStream stream{socket, options_.worker};
        if (const auto code = collect_over(socket, stream)) return *code;
        settle();
        return options_.follow ? follow(stream) : exit_code::ok;
    }

    int run() {
        const auto unfinished = options_.follow ? BackwardLines::Unfinished::leave : BackwardLines::Unfinished::include;
        auto reader = BackwardLines::open(path_, unfinished);
        if (!reader) return context_.fail(exit_code::failed, reader.error());
        if (const auto read = collect(*reader); !read) return context_.fail(exit_code::failed, read.error());
        settle();
        return options_.follow ? follow(ForwardLines{reader->end()}) : exit_code::ok;
    }

private:
    [[nodiscard]] bool wanted(const Event& event) const { return workers_.wants(event.worker); }

    // nullopt: all.
    [[nodiscard]] std::optional<std::size_t> limit() const {
        if (options_.lines) return options_.lines;
        if (options_.all || options_.since || options_.since_sequence) return std::nullopt;
        return default_lines;
    }

    [[nodiscard]] bool too_old(const Event& event) const {
        if (options_.since_sequence && event.sequence <= *options_.since_sequence) return true;
        return options_.since && event.at < *options_.since;
    }

    // Reads backwards from the newest line to the requested start, then reverses: `lines_` is oldest first.
    Result<> collect(BackwardLines& reader) {
        const auto most = limit();
        std::string line;
        for (;;) {
            const auto got = reader.previous(line);
            if (!got) return got.error();
            if (!*got) break;
            auto event = parse_event(line);
            if (!event) continue;
            if (too_old(*event)) break;
            if (!wanted(*event)) continue;
            if (most && lines_.size() == *most) {
                more_ = true;
                break;
            }
            lines_.push_back({line, std::move(*event)});
        }
        std::reverse(lines_.begin(), lines_.end());
        return {};
    }

    // The stored history, in one answer. `stream` then continues after it.
    std::optional<int> collect_over(const http::Endpoint& socket, EventStream& stream) {
        http::Client client{socket};
        std::string target = "/v1/events?since=" + std::to_string(options_.since_sequence.value_or(0));
        if (!options_.worker.empty()) target += "&worker=" + encoded(options_.worker);
        const auto most = limit();
        std::uint64_t last = options_.since_sequence.value_or(0);
        const auto response = client.stream("GET", target, "text/event-stream", [&](std::string_view line) {
            const auto sent = parse_sent_line(line);
            if (sent.what != SentLine::What::data) return true;
            auto event = parse_event(sent.text);
            if (!event) return true;
            last = std::max(last, event->sequence);
            if (too_old(*event) || !wanted(*event)) return true;
            lines_.push_back({std::string{sent.text}, std::move(*event)});
            if (!most || lines_.size() <= *most) return true;
            lines_.pop_front();
            more_ = true;
            return true;
        });
        if (!response) return report_failure(context_, client, response.error());
        if (!response->good()) return report_problem(context_, *response);
        stream.begin_behind(last);
        return std::nullopt;
    }

    void settle() {
        for (const auto& line : lines_) name_width_ = std::max(name_width_, terminal::display_width(subject_of(line.event)));
        if (more_ && !options_.lines)
            context_.note("showing only the last " + std::to_string(default_lines) +
                          " events; for all stored events: talosctl events -n all");
        if (!options_.follow) {
            show_all();
            return;
        }
        for (const auto& line : lines_) show(line);
        lines_.clear();
    }

    void add(std::string_view text) {
        auto event = parse_event(text);
        if (!event || !wanted(*event)) return;
        name_width_ = std::max(name_width_, terminal::display_width(subject_of(*event)));
        show({std::string{text}, std::move(*event)});
    }

    int follow(EventStream& stream) {
        bool noted = false;
        for (;;) {
            const auto opened = stream.open();
            if (!opened && !noted) context_.note(opened.error().message() + "; waiting for talosd");
            noted = !opened;
            stream.take([this](std::string_view text) { add(text); });
            for (const auto& remark : stream.remarks()) context_.note(remark);
            if (!context_.out.flush()) return exit_code::ok;
            if (stream.wait(std::nullopt, -1, STDOUT_FILENO) == EventStream::What::reader_gone) return exit_code::ok;
        }
    }

    void show(const Line& line) {
        if (context_.json()) context_.out.text.append(line.json).append("\n");
        else context_.out.text += event_text(line.event, name_width_, context_.color());
    }

    void show_all() {
        if (!context_.json()) {
            for (const auto& line : lines_) show(line);
            return;
        }
        context_.out.text += "[";
        for (std::size_t i = 0; i < lines_.size(); ++i) context_.out.text.append(i == 0 ? "\n" : ",\n").append(lines_[i].json);
        context_.out.text += lines_.empty() ? "]\n" : "\n]\n";
    }

    int follow(ForwardLines follower) {
        auto inotify = Inotify::create();
        if (!inotify) return context_.fail(exit_code::failed, inotify.error());
        const auto slash = path_.rfind('/');
        DirectoryWatch directory{*inotify, path_.substr(0, slash), IN_CREATE | IN_MOVED_TO | IN_MODIFY};
        for (;;) {
            if (const auto armed = directory.arm(); !armed) return context_.fail(exit_code::failed, armed.error());
            const auto read = follower.read([this](std::string_view text) { add(text); });
            if (!context_.out.flush()) return exit_code::ok;
            if (!read) return context_.fail(exit_code::failed, read.error());
            if (wait_for({inotify->fd()}, std::nullopt, STDOUT_FILENO).reader_gone) return exit_code::ok;
            (void)inotify->read();   // whatever changed, the next read checks the files themselves
        }
    }

    Context& context_;
    const EventsOptions& options_;
    api::HistoryOf workers_;
    std::string path_;
    std::deque<Line> lines_;
    bool more_ = false;   // older events exist that are not shown
    std::size_t name_width_ = 0;
};

bool names_worker(const Context& context, const client::DaemonManager& manager, const std::string& word) {
    if (word.empty()) return false;
    const auto probe = manager.probe();
    const DaemonLocation location = probe.document ? DaemonLocation{} : locate(context.options(), Need::config);
    const auto known = probe.document ? api::names_of(*probe.document) : api::names_of(names_and_places(location).config);
    return std::any_of(known.begin(), known.end(), [&](const auto& worker) { return worker.name == word; });
}

}   // namespace

int events(Context& context, const EventsOptions& options) {
    const auto manager = context.manager();
    if (!manager) return context.fail(exit_code::failed, manager.error(), "or give the data directory with --data-dir");
    History history{
        context, options, {options.worker, names_worker(context, *manager, options.worker)}, manager->files().event_file()};
    if (const auto socket = socket_instead(context, *manager)) return history.run_over(*socket);
    if (manager->probe().state == client::Probe::State::not_running) note_former_data(context);
    if (const auto refused = closed_directory(*manager)) return context.fail(exit_code::unknown, *refused);
    return history.run();
}

}   // namespace talos::cli

#include "cli/answers.hpp"
#include "cli/api.hpp"
#include "cli/event_stream.hpp"
#include "cli/exit_code.hpp"
#include "cli/live_status.hpp"
#include "cli/log_sources.hpp"
#include "cli/moment.hpp"
#include "cli/verbs.hpp"
#include "cli/why_text.hpp"
#include "config/parse.hpp"
#include "core/signal_name.hpp"
#include "daemon/log_tail.hpp"
#include "daemon/select.hpp"
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <iterator>
#include <map>

namespace talos::cli {

using daemon::BackwardLines;
using daemon::select;

namespace {

constexpr std::ptrdiff_t shown_lines = 20;

// What somebody asked for. A start without anybody's name may have been talosd's own: the one when it came up.
bool is_command(const Event& event) {
    if (event.by) return event.cause != "refused";
    return event.cause == "stop" || event.cause == "restart" || event.cause == "kill";
}

// An exit, or a start that failed, its preStart included; the failure that reached the limit has that for its cause.
bool is_end(const Event& event) {
    const bool not_prepared = event.cause == "hook" && event.from == "starting";
    return event.exit || not_prepared || event.cause == "spawn-error" || event.cause == "limit";
}

// Takes the history's lines, newest first, until the last end and the last command are known.
using Names = std::map<std::string, std::string>;   // of workers, with their groups

class Collector {
public:
    Collector(WhyFacts& facts, Names& names) : facts_(facts), names_(names) {}

    /// False when enough is known.
    bool take(std::string_view line) {
        auto event = parse_event(line);
        if (!event || event->worker.empty()) return true;
        names_.try_emplace(event->worker);
        if (event->worker != facts_.worker) return true;
        if (!facts_.command && is_command(*event)) {
            facts_.command = *event;
            searching_by_ = !event->by && !event->from.empty();
        } else if (searching_by_) {
            // A stop that waited for dependents: the client is in the line of the command.
            if (event->by && event->cause == facts_.command->cause) facts_.command->by = event->by;
            searching_by_ = !facts_.command->by && event->to != "starting";
        }
        if (facts_.end && searching_) search(*event);
        if (!facts_.end) {
            if (is_end(*event)) {
                searching_ = event->exit && event->exit->status.signal != 0;
                facts_.end = std::move(*event);
            } else {
                facts_.after.push_back(std::move(*event));
            }
        }
        return !facts_.end || !facts_.command || searching_ || searching_by_;
    }
    void finish() { std::reverse(facts_.after.begin(), facts_.after.end()); }

private:
    // Back to the start of the run: what was asked of talosd that ends it with this signal.
    void search(const Event& event) {
        const auto& end = *facts_.end;
        const bool of_plan = end.sent && (event.cause == "stop" || event.cause == "restart" || event.cause == "kill");
        const bool by_name = !end.sent && event.cause == "signal" && event.reason == signal_name(end.exit->status.signal);
        if ((of_plan || by_name) && event.by) facts_.asked = event;
        searching_ = !facts_.asked && event.to != "starting";
    }

    WhyFacts& facts_;
    Names& names_;
    bool searching_ = false;      // for facts_.asked
    bool searching_by_ = false;   // for the client of facts_.command
};

Result<> read_history(const std::string& path, Collector& collector) {
    auto reader = BackwardLines::open(path, BackwardLines::Unfinished::include);
    if (!reader) return reader.error();
    for (std::string line;;) {
        const auto got = reader->previous(line);
        if (!got) return got.error();
        if (!*got || !collector.take(line)) return {};
    }
}

// The whole kept history of one worker comes oldest first.
Result<control::Response> ask_history(control::Client& client, const std::string& worker, Collector& collector) {
    std::vector<std::string> lines;
    auto response = client.stream("GET", "/v1/events?since=0&worker=" + encoded(worker), "text/event-stream", [&](std::string_view line) {
        if (const auto sent = parse_sent_line(line); sent.what == SentLine::What::data) lines.emplace_back(sent.text);
        return true;
    });
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
        if (!collector.take(*line)) break;
    return response;
}

// What its log has of the run that ended, for a history that does not have it: lines from its start to the start of the next run.
std::vector<std::string> lines_of_log(const Context& context, const daemon::DaemonManager& manager, const WhyFacts& facts) {
    constexpr std::size_t looked_at = 2'000;
    std::vector<std::string> lines;
    if (!facts.end || !facts.end->exit) return lines;
    const auto sources = log_sources(context, manager, {facts.worker});
    if (!sources || sources->size() != 1 || sources->front().path.empty()) return lines;
    const auto begin = facts.end->exit->at - facts.end->exit->uptime;
    daemon::TailQuery query;
    query.records = looked_at;
    query.shape = sources->front().shape;
    const auto tail = daemon::read_tail(sources->front().path, query);
    if (!tail) return lines;
    std::optional<WallTime> next;
    if (facts.end->to == "starting") next = facts.end->at;
    for (const auto& event : facts.after)
        if (!next && event.to == "starting") next = event.at;
    for (const auto& record : tail->records) {
        if (!record.time) return {};   // without times nobody can tell which run wrote it
        const auto at = wall_from_ms(*record.time / 1'000'000);
        if (at >= begin && (!next || at < *next)) lines.push_back(record.text);
    }
    return lines;
}

boost::json::object as_json(const WhyFacts& facts, const std::string& text) {
    boost::json::object out{{"worker", facts.worker}, {"text", text}};
    if (facts.now && facts.now->last_exit) out["lastExit"] = daemon::to_json(*facts.now->last_exit);
    if (!facts.tail.empty()) out["tail"] = boost::json::array(facts.tail.begin(), facts.tail.end());
    if (facts.command && facts.command->by) {
        const auto& by = *facts.command->by;
        boost::json::object who{{"uid", by.uid}};
        if (by.pid != 0) who["pid"] = by.pid;
        if (!by.program.empty()) who["program"] = by.program;
        out["lastCommand"] = boost::json::object{{"cause", facts.command->cause}, {"at", to_ms(facts.command->at)}, {"by", std::move(who)}};
    }
    if (facts.talosd_runs && facts.now) out["now"] = daemon::to_json(*facts.now);
    return out;
}

}  // namespace

int why(Context& context, const WhyOptions& options) {
    const Place place = locate(context.options(), Need::config);
    if (place.config_failure && !place.data_dir_named)
        return context.fail(exit_code::failed, *place.config_failure, "or name the data directory with --data-dir");
    const daemon::DaemonManager manager{place.data_dir};
    auto probe = with_answer(place, manager.probe());
    if (probe.state == daemon::Probe::State::running && !probe.reason.empty()) context.note(probe.reason);
    if (probe.state == daemon::Probe::State::not_running) note_former_data(context);
    if (const auto refused = closed_directory(manager); refused && probe.state == daemon::Probe::State::not_running)
        return context.fail(exit_code::unknown, *refused);
    const bool closed = probe.state == daemon::Probe::State::unknown && probe.no_permission;
    std::optional<control::Client> client;
    if (closed) {
        const auto socket = socket_instead(context, manager);
        if (!socket) return context.fail(exit_code::unknown, unknown_sentence(probe));
        client.emplace(*socket);
        auto document = ask_status(*client);
        if (!document) return tell_failure(context, *client, document.error());
        probe = {daemon::Probe::State::running, std::move(*document), {}, false};
    }

    WhyFacts facts;
    facts.worker = options.worker;
    facts.clock = wall_now();
    facts.talosd_runs = probe.state == daemon::Probe::State::running;
    Names names;
    if (probe.document) {
        for (const auto& worker : probe.document->workers) {
            names.emplace(worker.name, worker.group);
            if (worker.name == options.worker) facts.now = worker;
        }
    }
    Collector collector{facts, names};
    if (client) {
        const auto response = ask_history(*client, options.worker, collector);
        if (!response) return tell_failure(context, *client, response.error());
        if (!response->good()) return tell_problem(context, *response);
    } else if (const auto read = read_history(manager.files().event_file(), collector); !read) {
        return context.fail(exit_code::failed, read.error());
    }
    collector.finish();
    if (facts.end) facts.tail = facts.end->tail;
    if (facts.tail.empty() && !client) facts.tail = lines_of_log(context, manager, facts);
    if (std::ssize(facts.tail) > shown_lines) facts.tail.erase(facts.tail.begin(), facts.tail.end() - shown_lines);
    if (!names.contains(options.worker) && !place.config_text.empty())
        for (auto& [name, group] : daemon::names_of(names_and_places(place).config)) names[name] = group;
    if (!names.contains(options.worker)) {
        std::vector<daemon::Named> known;
        for (const auto& [name, group] : names) known.push_back({name, group});
        const auto nobody = select(known, {options.worker});
        return context.fail(exit_code::no_such_worker, nobody ? "give one worker's name" : nobody.error().message());
    }
    const auto text = why_text(facts);
    if (context.json())
        context.document(as_json(facts, text));
    else
        context.say(text);
    return exit_code::ok;
}

}  // namespace talos::cli

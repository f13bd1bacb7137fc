#include "cli/views/why_history.hpp"
#include "cli/logs/log_sources.hpp"
#include "cli/session/answers.hpp"
#include "cli/session/event_stream.hpp"
#include "core/signal_name.hpp"
#include "logs/read/log_tail.hpp"
#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>

namespace talos::cli {

using logs::BackwardLines;

namespace {

constexpr std::ptrdiff_t shown_lines = 20;

// Whether a user requested it. A start without a user may be talosd's own autostart.
bool is_command(const Event& event) {
    if (event.by) return event.cause != "refused";
    return event.cause == "stop" || event.cause == "restart" || event.cause == "kill";
}

// An exit or a failed start, a failed preStart included. A failure that reaches the limit has `limit` as its cause.
bool is_end(const Event& event) {
    const bool not_prepared = event.cause == "hook" && event.from == "starting";
    return event.exit || not_prepared || event.cause == "spawn-error" || event.cause == "limit" || event.cause == "recovery";
}

// Takes the history's lines about one worker, newest first, until the last exit and the last command are known.
class Collector {
public:
    explicit Collector(WhyFacts& facts) : facts_(facts) {}

    /// False once enough is known.
    bool take(Event&& event) {
        if (!facts_.command && is_command(event)) {
            facts_.command = event;
            searching_by_ = !event.by && !event.from.empty();
        } else if (searching_by_) {
            // The stop waited for dependents: the line of the command names the client.
            if (event.by && event.cause == "disable" && facts_.command->cause == "stop") facts_.command = event;
            else if (event.by && event.cause == facts_.command->cause) facts_.command->by = event.by;
            searching_by_ = !facts_.command->by && event.to != "starting";
        }
        if (facts_.end && searching_) search(event);
        if (searching_stop_) search_stop(event);
        if (facts_.end && preparing_ && event.to == "starting") {
            facts_.prepared_since = event.at;
            preparing_ = false;
        }
        if (!facts_.end) {
            if (is_end(event)) {
                searching_ = event.exit && event.exit->status.signal != 0;
                searching_stop_ = event.from == "stopping";
                preparing_ = event.cause == "hook" || event.cause == "limit";
                facts_.end = std::move(event);
            } else {
                facts_.after.push_back(std::move(event));
            }
        }
        return !facts_.end || !facts_.command || searching_ || searching_stop_ || searching_by_ || preparing_;
    }

private:
    // Searches back to the start of the run for the request that led to this signal.
    void search(const Event& event) {
        const auto& end = *facts_.end;
        const bool of_plan = end.sent && (event.to == "stopping" || event.cause == "stop" || event.cause == "restart" ||
                                          event.cause == "kill" || event.cause == "disable");
        const bool by_name = !end.sent && event.cause == "signal" && event.reason == signal_name(end.exit->status.signal);
        if ((of_plan || by_name) && event.by) facts_.request = event;
        searching_ = !facts_.request && event.to != "starting";
    }

    void search_stop(const Event& event) {
        if (event.to == "stopping" && event.from != "stopping") facts_.began = event;
        searching_stop_ = !facts_.began && event.to != "starting";
    }

    WhyFacts& facts_;
    bool searching_stop_ = false;   // for facts_.began
    bool searching_ = false;        // for facts_.request
    bool searching_by_ = false;     // for the client of facts_.command
    bool preparing_ = false;        // for facts_.prepared_since
};

// All selected workers, as one reader of lines.
class Collectors {
public:
    Collectors(std::vector<WhyFacts>& stories, WorkerNames& names) : names_(names), stories_(stories) {
        for (auto& story : stories) open_.emplace(story.worker, Collector{story});
    }

    /// False once enough is known of all workers.
    bool take(std::string_view line) {
        auto event = parse_event(line);
        if (!event || event->worker.empty()) return true;
        names_.try_emplace(event->worker);
        const auto found = open_.find(event->worker);
        if (found != open_.end() && !found->second.take(std::move(*event))) open_.erase(found);
        return !open_.empty();
    }

    void finish() {
        for (auto& story : stories_) {
            std::reverse(story.after.begin(), story.after.end());
            if (story.end) story.tail = story.end->tail;
        }
    }

private:
    std::unordered_map<std::string, Collector> open_;
    WorkerNames& names_;
    std::vector<WhyFacts>& stories_;
};

// The lines of the ended run from the worker's log, if the history has none: from its start to the start of the next run.
std::vector<std::string> lines_of_log(const Context& context, const client::DaemonManager& manager, const WhyFacts& facts) {
    constexpr std::size_t looked_at = 2'000;
    std::vector<std::string> lines;
    if (!facts.end || (!facts.end->exit && !facts.prepared_since)) return lines;
    const auto sources = log_sources(context, manager, {facts.worker});
    if (!sources || sources->size() != 1 || sources->front().path.empty()) return lines;
    const auto begin = facts.end->exit ? facts.end->exit->at - facts.end->exit->uptime : *facts.prepared_since;
    logs::TailQuery query;
    query.records = looked_at;
    query.shape = sources->front().shape;
    const auto tail = logs::read_tail(sources->front().path, query);
    if (!tail) return lines;
    std::optional<WallTime> next;
    if (facts.end->to == "starting") next = facts.end->at;
    for (const auto& event : facts.after)
        if (!next && event.to == "starting") next = event.at;
    for (const auto& record : tail->records) {
        if (!record.time) return {};   // without timestamps the run of a line is unknown
        const auto at = wall_from_ms(*record.time / 1'000'000);
        if (at >= begin && (!next || at < *next)) lines.push_back(record.text);
    }
    return lines;
}

}   // namespace

Result<> read_history(const std::string& path, std::vector<WhyFacts>& stories, WorkerNames& names) {
    auto reader = BackwardLines::open(path, BackwardLines::Unfinished::include);
    if (!reader) return reader.error();
    Collectors collectors{stories, names};
    for (std::string line;;) {
        const auto got = reader->previous(line);
        if (!got) return got.error();
        if (!*got || !collectors.take(line)) break;
    }
    collectors.finish();
    return {};
}

Result<http::Response> ask_history(http::Client& client, WhyFacts& story, WorkerNames& names) {
    std::vector<std::string> lines;
    auto response = client.stream("GET", "/v1/events?since=0&worker=" + encoded(story.worker), "text/event-stream",
                                  [&](std::string_view line) {
                                      if (const auto sent = parse_sent_line(line); sent.what == SentLine::What::data)
                                          lines.emplace_back(sent.text);
                                      return true;
                                  });
    std::vector<WhyFacts> one{std::move(story)};
    Collectors collectors{one, names};
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
        if (!collectors.take(*line)) break;
    collectors.finish();
    story = std::move(one.front());
    return response;
}

void add_last_lines(const Context& context, const client::DaemonManager* manager, WhyFacts& story) {
    if (story.tail.empty() && manager != nullptr) story.tail = lines_of_log(context, *manager, story);
    if (std::ssize(story.tail) > shown_lines) story.tail.erase(story.tail.begin(), story.tail.end() - shown_lines);
}

}   // namespace talos::cli

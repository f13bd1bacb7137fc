#include "http/server/await.hpp"
#include <algorithm>

namespace talos::http {

namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;
using What = api::Outcome::What;

constexpr auto line_interval = 1s;   // between two lines about a worker whose countdown is the only change

WallTime wall_now() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

/// Tracks which results a streaming peer has received, and when.
class SentResults {
public:
    /// The lines that have changed.
    std::string lines(const api::Results& results, SteadyTime now) {
        std::string text;
        sent_.resize(std::max(sent_.size(), results.size()));
        for (std::size_t index = 0; index < results.size(); ++index) {
            const auto& [worker, outcome] = results[index];
            auto& sent = sent_[index];
            const bool same = sent.worker == worker && sent.outcome.what == outcome.what && sent.outcome.state == outcome.state &&
                              sent.outcome.pid == outcome.pid;
            if (same && (sent.outcome.reason == outcome.reason || now - sent.at < line_interval)) continue;
            sent = {worker, outcome, now};
            text += api::result_document(worker, outcome);
        }
        return text;
    }

private:
    struct Line {
        std::string worker;
        api::Outcome outcome;
        SteadyTime at{};
    };
    std::vector<Line> sent_;
};

}   // namespace

Task answer_when_decided(Exchange& exchange, Millis wait, bool stream, AwaitedResults awaited) {
    auto& peer = exchange.peer();
    auto& service = exchange.host().service;
    const auto until = steady_clock::now() + wait;
    api::EventBus::Reader reader;
    reader.changed = [&peer] { peer.notify(); };
    peer.listen(service.event_bus(), std::move(reader));
    if (stream) {
        if (!co_await exchange.begin("application/x-ndjson")) co_return false;
    }
    api::Results results;
    SentResults sent;
    for (;;) {
        (void)peer.take_notification();
        const auto begin = steady_clock::now();
        const bool decided = awaited.results(results);
        if (decided || begin >= until || peer.finishing()) break;
        if (stream) {
            const auto lines = sent.lines(results, begin);
            if (!co_await exchange.put(lines)) co_return false;
        }
        // With thousands of workers, not every change is worth a check.
        const auto next_check = begin + std::min<steady_clock::duration>(10 * (steady_clock::now() - begin), 250ms);
        const auto next = stream ? std::min<SteadyTime>(until, begin + line_interval) : until;
        while (!peer.take_notification() && steady_clock::now() < next)
            if (!co_await peer.pause(next)) co_return false;
        while (!peer.finishing() && steady_clock::now() < std::min(next_check, until))
            if (!co_await peer.pause(std::min(next_check, until))) co_return false;
    }
    service.write_down();
    auto text = awaited.document(results);
    if (!stream) {
        Answer answer;
        answer.body = std::move(text);
        co_return co_await exchange.send(std::move(answer));
    }
    text.insert(0, sent.lines(results, steady_clock::time_point::max()));
    if (!co_await exchange.put(text)) co_return false;
    co_return co_await exchange.end();
}

namespace {

/// Not part of what is awaited: reported in its current state.
void update_other(const api::Service& service, const std::string& how, api::Results::value_type& result) {
    auto& [worker, outcome] = result;
    const auto view = service.worker(worker);
    outcome.what = What::reached;
    outcome.state = view ? std::string(worker::to_text(state::documented_state(view->status))) : "removed";
    outcome.pid = view ? view->status.pid : 0;
    outcome.reason = how;
}

}   // namespace

bool PendingCommands::update(const api::Service& service) {
    const auto clock = wall_now();
    bool decided = true;
    for (std::size_t index = 0; index < commands.size(); ++index) {
        auto& outcome = results[index].second;
        if (outcome.what != What::pending) continue;
        const auto view = service.worker(results[index].first);
        outcome = api::judge(*commands[index], view ? &*view : nullptr, clock);
        decided = decided && outcome.what != What::pending;
    }
    for (std::size_t index = 0; index < others.size(); ++index)
        update_other(service, others[index].second, results[commands.size() + index]);
    return decided;
}

bool PendingCommands::all_refused() const {
    return !commands.empty() &&
           std::none_of(commands.begin(), commands.end(), [](const auto& command) { return command.has_value(); });
}

}   // namespace talos::http

#include "http/server/await.hpp"
#include <algorithm>

namespace talos::http {

namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;
using What = api::Outcome::What;

constexpr auto line_interval = 1s;   // between two lines about a worker that only counts down

WallTime wall_now() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

/// Which results a streaming peer has been told, and when.
class Told {
public:
    /// The lines that are news.
    std::string lines(const api::Results& results, SteadyTime now) {
        std::string text;
        told_.resize(std::max(told_.size(), results.size()));
        for (std::size_t index = 0; index < results.size(); ++index) {
            const auto& [worker, outcome] = results[index];
            auto& told = told_[index];
            const bool same = told.worker == worker && told.outcome.what == outcome.what && told.outcome.state == outcome.state &&
                              told.outcome.pid == outcome.pid;
            if (same && (told.outcome.reason == outcome.reason || now - told.at < line_interval)) continue;
            told = {worker, outcome, now};
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
    std::vector<Line> told_;
};

}   // namespace

Task answer_when_decided(Exchange& exchange, Millis wait, bool stream, Look look) {
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
    Told told;
    for (;;) {
        (void)peer.news();
        const auto begin = steady_clock::now();
        const bool decided = look.results(results);
        if (decided || begin >= until || peer.finishing()) break;
        if (stream) {
            const auto lines = told.lines(results, begin);
            if (!co_await exchange.put(lines)) co_return false;
        }
        // A look at thousands of workers is not worth every single change of theirs.
        const auto rest = begin + std::min<steady_clock::duration>(10 * (steady_clock::now() - begin), 250ms);
        const auto next = stream ? std::min<SteadyTime>(until, begin + line_interval) : until;
        while (!peer.news() && steady_clock::now() < next)
            if (!co_await peer.pause(next)) co_return false;
        while (!peer.finishing() && steady_clock::now() < std::min(rest, until))
            if (!co_await peer.pause(std::min(rest, until))) co_return false;
    }
    service.write_down();
    auto text = look.document(results);
    if (!stream) {
        Answer answer;
        answer.body = std::move(text);
        co_return co_await exchange.send(std::move(answer));
    }
    text.insert(0, told.lines(results, steady_clock::time_point::max()));
    if (!co_await exchange.put(text)) co_return false;
    co_return co_await exchange.end();
}

namespace {

/// It is no part of what is awaited: told as it is.
void tell_other(const api::Service& service, const std::string& how, api::Results::value_type& result) {
    auto& [worker, outcome] = result;
    const auto view = service.worker(worker);
    outcome.what = What::reached;
    outcome.state = view ? std::string(worker::to_text(state::documented_state(view->status))) : "removed";
    outcome.pid = view ? view->status.pid : 0;
    outcome.reason = how;
}

}   // namespace

bool PendingCommands::look(const api::Service& service) {
    const auto clock = wall_now();
    bool decided = true;
    for (std::size_t index = 0; index < wishes.size(); ++index) {
        auto& outcome = results[index].second;
        if (outcome.what != What::pending) continue;
        const auto view = service.worker(results[index].first);
        outcome = api::judge(*wishes[index], view ? &*view : nullptr, clock);
        decided = decided && outcome.what != What::pending;
    }
    for (std::size_t index = 0; index < others.size(); ++index)
        tell_other(service, others[index].second, results[wishes.size() + index]);
    return decided;
}

bool PendingCommands::all_refused() const {
    return !wishes.empty() && std::none_of(wishes.begin(), wishes.end(), [](const auto& wish) { return wish.has_value(); });
}

}   // namespace talos::http

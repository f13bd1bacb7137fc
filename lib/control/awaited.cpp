#include "control/commands.hpp"
#include "control/documents.hpp"
#include <algorithm>
#include <functional>
#include <utility>

namespace talos::control {

namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;
using What = Outcome::What;

constexpr auto line_interval = 1s;   // between two lines about a worker that only counts down

WallTime wall_now() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

/// One look at what is awaited: the results by now, and whether they are final.
struct Look {
    std::function<bool(Results&)> results;
    std::function<std::string(const Results&)> document;
};

/// Which results a streaming peer has been told, and when.
class Told {
public:
    /// The lines that are news.
    std::string lines(const Results& results, SteadyTime now) {
        std::string text;
        told_.resize(std::max(told_.size(), results.size()));
        for (std::size_t index = 0; index < results.size(); ++index) {
            const auto& [worker, outcome] = results[index];
            auto& told = told_[index];
            const bool same = told.worker == worker && told.outcome.what == outcome.what && told.outcome.state == outcome.state &&
                              told.outcome.pid == outcome.pid;
            if (same && (told.outcome.reason == outcome.reason || now - told.at < line_interval)) continue;
            told = {worker, outcome, now};
            text += result_document(worker, outcome);
        }
        return text;
    }

private:
    struct Line {
        std::string worker;
        Outcome outcome;
        SteadyTime at{};
    };
    std::vector<Line> told_;
};

/// Answers when the results are final, the time is over, or the server closes: then they are told as they stand.
Task answer_when_decided(Exchange& exchange, Millis wait, bool stream, Look look) {
    auto& peer = exchange.peer();
    auto& service = exchange.host().service;
    const auto until = steady_clock::now() + wait;
    Board::Reader reader;
    reader.changed = [&peer] { peer.notify(); };
    peer.listen(service.board(), std::move(reader));
    if (stream) {
        if (!co_await exchange.begin("application/x-ndjson")) co_return false;
    }
    Results results;
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

struct Wishes {
    std::vector<std::optional<Wish>> wishes;   ///< nothing where it was refused
    Results results;
    std::string refusal;

    /// What has become of those that were still pending; whether none is any more.
    bool look(const Service& service) {
        const auto clock = wall_now();
        bool decided = true;
        for (std::size_t index = 0; index < wishes.size(); ++index) {
            auto& outcome = results[index].second;
            if (outcome.what != What::pending) continue;
            const auto view = service.worker(results[index].first);
            outcome = judge(*wishes[index], view ? &*view : nullptr, clock);
            decided = decided && outcome.what != What::pending;
        }
        return decided;
    }
    [[nodiscard]] bool all_refused() const {
        return !wishes.empty() && std::none_of(wishes.begin(), wishes.end(), [](const auto& wish) { return wish.has_value(); });
    }
};

Wishes ask_for(Service& service, Verb verb, const std::vector<std::string>& names, const daemon::Asker& asker) {
    Wishes asked;
    for (const auto& name : names) {
        auto wish = service.ask(name, verb, asker);
        Outcome outcome;
        if (!wish) {
            outcome.what = What::failed;
            outcome.reason = asked.refusal = wish.error().message();
            if (const auto view = service.worker(name)) {
                outcome.state = worker::to_text(view->status.state);
                outcome.pid = view->status.pid;
            }
        }
        asked.wishes.push_back(wish ? std::optional(std::move(*wish)) : std::nullopt);
        asked.results.emplace_back(name, std::move(outcome));
    }
    return asked;
}

Problem conflict(std::string code, std::string detail) {
    Problem problem;
    problem.status = 409;
    problem.code = std::move(code);
    problem.detail = std::move(detail);
    return problem;
}

/// The answer of a reload that was not begun; nothing when it was.
std::optional<Answer> answer_without_reload(const ReloadAnswer& answer, bool dry_run) {
    switch (answer.what) {
    case ReloadAnswer::What::invalid: {
        Problem problem;
        problem.status = 422;
        problem.code = "invalid-config";
        problem.detail = "the config is invalid; nothing was changed";
        problem.errors = answer.errors;
        return answer_of(problem);
    }
    case ReloadAnswer::What::refused: return answer_of(conflict("refused", answer.refused));
    case ReloadAnswer::What::planned:
        if (!dry_run) return std::nullopt;
        Answer planned;
        planned.body = reload_document(answer, true);
        return planned;
    }
    __builtin_unreachable();
}

}  // namespace

Task ask(Exchange& exchange, command::Ask command) {
    auto& service = exchange.host().service;
    const auto chosen = choose(exchange, command.words, May::control);
    Answer answer;
    if (const auto* problem = std::get_if<Problem>(&chosen)) {
        answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    const auto wishes = std::make_shared<Wishes>(ask_for(service, command.verb, std::get<0>(chosen), exchange.peer().named_peer()));
    service.write_down();
    if (wishes->all_refused()) {
        const bool stopping = service.head().state == daemon::DaemonState::stopping;
        answer = answer_of(conflict(stopping ? "stopping" : "leaving", wishes->refusal));
        co_return co_await exchange.send(std::move(answer));
    }
    if (!command.wait) {
        (void)wishes->look(service);
        answer.status = 202;
        answer.body = results_document(wishes->results);
        co_return co_await exchange.send(std::move(answer));
    }
    Look look;
    look.results = [wishes, &service](Results& results) {
        const bool decided = wishes->look(service);
        results = wishes->results;
        return decided;
    };
    look.document = awaited_document;
    co_return co_await answer_when_decided(exchange, *command.wait, command.stream, std::move(look));
}

Task reload(Exchange& exchange, command::Reload command) {
    auto& service = exchange.host().service;
    Answer answer;
    if (const auto problem = forbidden(exchange, May::control)) {
        answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    const auto planned = std::make_shared<ReloadAnswer>(service.reload(command.wish, exchange.peer().named_peer()));
    service.write_down();
    if (auto early = answer_without_reload(*planned, command.wish.dry_run)) {
        answer = std::move(*early);
        co_return co_await exchange.send(std::move(answer));
    }
    if (!command.wait) {
        answer.body = reload_document(*planned, false);
        co_return co_await exchange.send(std::move(answer));
    }
    Look look;
    look.results = [planned, &service](Results& results) {
        auto progress = service.reload_progress(planned->number);
        if (!progress) return true;   // long past: it ended as we last saw it
        results = std::move(progress->workers);
        return progress->done;
    };
    look.document = [planned](const Results& results) { return reload_document(*planned, false, &results); };
    co_return co_await answer_when_decided(exchange, *command.wait, command.stream, std::move(look));
}

}  // namespace talos::control

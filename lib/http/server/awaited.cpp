#include "api/documents.hpp"
#include "http/server/await.hpp"
#include "http/server/commands.hpp"
#include <algorithm>
#include <memory>
#include <utility>

namespace talos::http {

namespace {

using What = api::Outcome::What;

/// Those that the peer may know of.
void add_others(Exchange& exchange, const api::command::Ask& command, const std::vector<std::string>& names,
                PendingCommands& asked) {
    if (command.verb != api::Verb::stop && command.verb != api::Verb::restart && command.verb != api::Verb::disable) return;
    const auto& service = exchange.host().service;
    for (const auto& other : service.taken_along(names)) {
        const auto view = service.worker(other.worker);
        if (!view || !exchange.host().access.may(exchange.peer().peer(), May::read, api::Named{other.worker, view->status.group}))
            continue;
        asked.others.emplace_back(other.worker, (command.verb == api::Verb::restart ? "restarted with " : "stopped with ") +
                                                    other.by + " (onFailure: stop)");
    }
}

PendingCommands ask_for(Exchange& exchange, const api::command::Ask& command, const std::vector<std::string>& names) {
    auto& service = exchange.host().service;
    PendingCommands asked;
    add_others(exchange, command, names, asked);   // before the stop: they are up now
    for (const auto& name : names) {
        api::Meant meant;
        meant.named = std::find(command.words.begin(), command.words.end(), name) != command.words.end();
        meant.with = &names;
        auto wish = service.ask(name, command.verb, exchange.peer().named_peer(), meant);
        api::Outcome outcome;
        if (!wish) {
            outcome.what = What::failed;
            outcome.reason = wish.error().message();
            asked.refusal = name + ": " + outcome.reason;
            if (const auto view = service.worker(name)) {
                outcome.state = worker::to_text(state::documented_state(view->status));
                outcome.pid = view->status.pid;
            }
        }
        asked.wishes.push_back(wish ? std::optional(std::move(*wish)) : std::nullopt);
        asked.results.emplace_back(name, std::move(outcome));
    }
    for (const auto& [worker, how] : asked.others) asked.results.emplace_back(worker, api::Outcome{});
    return asked;
}

/// One after the other; those that are left alone stand behind them.
struct Rolling {
    std::uint64_t number = 0;
    api::Results left;
    std::string refusal;   ///< of the last one that was refused

    [[nodiscard]] bool look(const api::Service& service, api::Results& results) const {
        auto progress = service.roll_progress(number);
        const bool decided = number == 0 || !progress || progress->done;
        if (progress) results = std::move(progress->workers);
        else fail_pending(results, "other rolling restarts replaced this one before it was done");
        for (const auto& one : left)
            if (std::none_of(results.begin(), results.end(), [&](const auto& known) { return known.first == one.first; }))
                results.push_back(one);
        return decided;
    }
    static void fail_pending(api::Results& results, const std::string& reason) {
        for (auto& [worker, outcome] : results) {
            if (outcome.what != What::pending) continue;
            outcome.what = What::failed;
            outcome.reason = reason;
        }
    }
};

Rolling roll(api::Service& service, const api::command::Ask& command, const std::vector<std::string>& names,
             const state::Requester& requester) {
    Rolling rolling;
    std::vector<std::string> rolled;
    for (const auto& name : names) {
        api::Meant meant;
        meant.named = std::find(command.words.begin(), command.words.end(), name) != command.words.end();
        meant.with = &names;
        auto left = service.not_restarted(name, meant);
        if (left && left->what == What::failed) rolling.refusal = name + ": " + left->reason;
        if (left) rolling.left.emplace_back(name, std::move(*left));
        else rolled.push_back(name);
    }
    if (!rolled.empty()) rolling.number = service.roll(rolled, requester).number;
    return rolling;
}

PendingCommands wishes_of(std::vector<api::PendingCommand> asked) {
    PendingCommands wishes;
    for (auto& wish : asked) {
        wishes.results.emplace_back(wish.worker, api::Outcome{});
        wishes.wishes.emplace_back(std::move(wish));
    }
    return wishes;
}

Problem conflict(std::string code, std::string detail) {
    Problem problem;
    problem.status = 409;
    problem.code = std::move(code);
    problem.detail = std::move(detail);
    return problem;
}

/// The answer of a reload that was not begun; nothing when it was.
std::optional<Answer> answer_without_reload(const api::ReloadAnswer& answer, bool dry_run) {
    switch (answer.what) {
    case api::ReloadAnswer::What::invalid: {
        Problem problem;
        problem.status = 422;
        problem.code = "invalid-config";
        problem.detail = "the config is invalid; nothing was changed";
        problem.errors = answer.errors;
        return answer_of(problem);
    }
    case api::ReloadAnswer::What::refused: return answer_of(conflict("refused", answer.refused));
    case api::ReloadAnswer::What::planned:
        if (!dry_run) return std::nullopt;
        Answer planned;
        planned.body = api::reload_document(answer, true);
        return planned;
    }
    __builtin_unreachable();
}

/// Whether what is started has other values than the config's files. Their names are for those who may read everything.
api::ConfigNews news_for(Exchange& exchange) {
    auto news = exchange.host().service.config_news().value_or(api::ConfigNews{});
    if (!exchange.host().access.may(exchange.peer().peer(), May::read)) news.files.clear();
    return news;
}

/// What has become of them at each look.
std::function<bool(api::Results&)> results_of(std::shared_ptr<PendingCommands> wishes, const api::Service& service) {
    return [wishes = std::move(wishes), &service](api::Results& results) {
        const bool decided = wishes->look(service);
        results = wishes->results;
        return decided;
    };
}

Problem all_refused(const api::Service& service, const std::string& refusal) {
    const bool stopping = service.head().state == state::DaemonState::stopping;
    const bool leaving = refusal.ends_with("is being removed");   // else it is its state, which may change
    return conflict(stopping ? "stopping" : leaving ? "leaving" : "refused", stopping ? "talosd is stopping" : refusal);
}

Task restart_rolling(Exchange& exchange, api::command::Ask command, std::vector<std::string> names, api::ConfigNews news) {
    auto& service = exchange.host().service;
    const auto rolling = roll(service, command, names, exchange.peer().named_peer());
    service.write_down();
    Answer answer;
    if (rolling.number == 0 && !rolling.refusal.empty()) {
        answer = answer_of(all_refused(service, rolling.refusal));
        co_return co_await exchange.send(std::move(answer));
    }
    if (!command.wait) {
        api::Results results;
        (void)rolling.look(service, results);
        answer.status = 202;
        answer.body = api::results_document(results, news);
        co_return co_await exchange.send(std::move(answer));
    }
    Look look;
    look.results = [rolling, &service](api::Results& results) { return rolling.look(service, results); };
    look.document = [news](const api::Results& results) { return api::awaited_document(results, news); };
    co_return co_await answer_when_decided(exchange, *command.wait, command.stream, std::move(look));
}

}   // namespace

Task ask(Exchange& exchange, api::command::Ask command) {
    auto& service = exchange.host().service;
    const auto chosen = choose(exchange, command.words, May::control);
    Answer answer;
    if (const auto* problem = std::get_if<Problem>(&chosen)) {
        answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    api::ConfigNews news;
    if (command.verb == api::Verb::start || command.verb == api::Verb::restart) news = news_for(exchange);
    if (command.rolling) co_return co_await restart_rolling(exchange, std::move(command), std::get<0>(chosen), std::move(news));
    const auto wishes = std::make_shared<PendingCommands>(ask_for(exchange, command, std::get<0>(chosen)));
    service.write_down();
    if (wishes->all_refused()) {
        answer = answer_of(all_refused(service, wishes->refusal));
        co_return co_await exchange.send(std::move(answer));
    }
    if (!command.wait) {
        (void)wishes->look(service);
        answer.status = 202;
        answer.body = api::results_document(wishes->results, news);
        co_return co_await exchange.send(std::move(answer));
    }
    Look look;
    look.results = results_of(wishes, service);
    look.document = [news](const api::Results& results) { return api::awaited_document(results, news); };
    co_return co_await answer_when_decided(exchange, *command.wait, command.stream, std::move(look));
}

Task scale(Exchange& exchange, api::command::Scale command) {
    auto& service = exchange.host().service;
    Answer answer;
    if (const auto problem = refusal(exchange, command.wishes)) {
        answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    auto scaled = service.scale(command.wishes, exchange.peer().named_peer());
    exchange.host().commanded(exchange.peer().peer(), scaled.wishes.size());
    service.write_down();
    if (!scaled.refused.empty()) {
        answer = answer_of(conflict("refused", scaled.refused));
        co_return co_await exchange.send(std::move(answer));
    }
    const auto wishes = std::make_shared<PendingCommands>(wishes_of(std::move(scaled.wishes)));
    if (!command.wait) {
        (void)wishes->look(service);
        answer.status = 202;
        answer.body = api::scale_document(scaled.groups, wishes->results, false);
        co_return co_await exchange.send(std::move(answer));
    }
    Look look;
    look.results = results_of(wishes, service);
    look.document = [groups = std::move(scaled.groups)](const api::Results& results) {
        return api::scale_document(groups, results, true);
    };
    co_return co_await answer_when_decided(exchange, *command.wait, command.stream, std::move(look));
}

Task reload(Exchange& exchange, api::command::Reload command) {
    auto& service = exchange.host().service;
    Answer answer;
    if (const auto problem = forbidden(exchange, May::control)) {
        answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    const auto planned = std::make_shared<api::ReloadAnswer>(service.reload(command.wish, exchange.peer().named_peer()));
    service.write_down();
    if (auto early = answer_without_reload(*planned, command.wish.dry_run)) {
        answer = std::move(*early);
        co_return co_await exchange.send(std::move(answer));
    }
    if (!command.wait) {
        answer.body = api::reload_document(*planned, false);
        co_return co_await exchange.send(std::move(answer));
    }
    Look look;
    look.results = [planned, &service](api::Results& results) {
        auto progress = service.reload_progress(planned->number);
        if (!progress) {   // more than one came after it
            Rolling::fail_pending(results, "later reloads replaced this one before it was done");
            return true;
        }
        results = std::move(progress->workers);
        return progress->done;
    };
    look.document = [planned](const api::Results& results) { return api::reload_document(*planned, false, &results); };
    co_return co_await answer_when_decided(exchange, *command.wait, command.stream, std::move(look));
}

}   // namespace talos::http

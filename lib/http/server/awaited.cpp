#include "api/documents.hpp"
#include "http/server/await.hpp"
#include "http/server/commands.hpp"
#include <algorithm>
#include <memory>
#include <utility>

namespace talos::http {

namespace {

using What = api::Outcome::What;

/// The workers that the peer may read.
void add_others(Exchange& exchange, const api::command::Ask& command, const std::vector<std::string>& names,
                PendingCommands& pending) {
    if (command.verb != api::Verb::stop && command.verb != api::Verb::restart && command.verb != api::Verb::disable) return;
    const auto& service = exchange.host().service;
    for (const auto& other : service.taken_along(names)) {
        const auto view = service.worker(other.worker);
        if (!view || !exchange.host().access.may(exchange.peer().peer(), May::read, api::Named{other.worker, view->status.group}))
            continue;
        pending.others.emplace_back(other.worker, (command.verb == api::Verb::restart ? "restarted with " : "stopped with ") +
                                                      other.by + " (onFailure: stop)");
    }
}

PendingCommands request_all(Exchange& exchange, const api::command::Ask& command, const std::vector<std::string>& names) {
    auto& service = exchange.host().service;
    PendingCommands pending;
    add_others(exchange, command, names, pending);   // before the stop, while they are still up
    for (const auto& name : names) {
        api::Meant meant;
        meant.named = std::find(command.words.begin(), command.words.end(), name) != command.words.end();
        meant.with = &names;
        auto accepted = service.ask(name, command.verb, exchange.peer().named_peer(), meant);
        api::Outcome outcome;
        if (!accepted) {
            outcome.what = What::failed;
            outcome.reason = accepted.error().message();
            pending.refusal = name + ": " + outcome.reason;
            if (const auto view = service.worker(name)) {
                outcome.state = worker::to_text(state::documented_state(view->status));
                outcome.pid = view->status.pid;
            }
        }
        pending.commands.push_back(accepted ? std::optional(std::move(*accepted)) : std::nullopt);
        pending.results.emplace_back(name, std::move(outcome));
    }
    for (const auto& [worker, how] : pending.others) pending.results.emplace_back(worker, api::Outcome{});
    return pending;
}

/// Restarts one after the other; skipped workers come last.
struct Rolling {
    std::uint64_t number = 0;
    api::Results left;
    std::string refusal;   ///< of the latest refused worker

    [[nodiscard]] bool update(const api::Service& service, api::Results& results) const {
        auto progress = service.roll_progress(number);
        const bool decided = number == 0 || !progress || progress->done;
        if (progress) results = std::move(progress->workers);
        else fail_pending(results, "another rolling restart replaced this one");
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

PendingCommands pending_commands_of(std::vector<api::PendingCommand> commands) {
    PendingCommands pending;
    for (auto& accepted : commands) {
        pending.results.emplace_back(accepted.worker, api::Outcome{});
        pending.commands.emplace_back(std::move(accepted));
    }
    return pending;
}

Problem conflict(std::string code, std::string detail) {
    Problem problem;
    problem.status = 409;
    problem.code = std::move(code);
    problem.detail = std::move(detail);
    return problem;
}

/// The answer to a reload that was not started; nullopt if it was started.
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

/// Whether the loaded config differs from the config files. File names are reported only to peers that may read everything.
api::ConfigChanges config_changes_for(Exchange& exchange) {
    auto changes = exchange.host().service.config_changes().value_or(api::ConfigChanges{});
    if (!exchange.host().access.may(exchange.peer().peer(), May::read)) changes.files.clear();
    return changes;
}

/// Checks the current results.
std::function<bool(api::Results&)> results_of(std::shared_ptr<PendingCommands> pending, const api::Service& service) {
    return [pending = std::move(pending), &service](api::Results& results) {
        const bool decided = pending->update(service);
        results = pending->results;
        return decided;
    };
}

Problem all_refused(const api::Service& service, const std::string& refusal) {
    const bool stopping = service.head().state == state::DaemonState::stopping;
    const bool leaving = refusal.ends_with("is being removed");   // otherwise the worker's state is the cause, which may change
    return conflict(stopping ? "stopping" : leaving ? "leaving" : "refused", stopping ? "talosd is stopping" : refusal);
}

Task restart_rolling(Exchange& exchange, api::command::Ask command, std::vector<std::string> names, api::ConfigChanges changes) {
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
        (void)rolling.update(service, results);
        answer.status = 202;
        answer.body = api::results_document(results, changes);
        co_return co_await exchange.send(std::move(answer));
    }
    AwaitedResults awaited;
    awaited.results = [rolling, &service](api::Results& results) { return rolling.update(service, results); };
    awaited.document = [changes](const api::Results& results) { return api::awaited_document(results, changes); };
    co_return co_await answer_when_decided(exchange, *command.wait, command.stream, std::move(awaited));
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
    api::ConfigChanges changes;
    if (command.verb == api::Verb::start || command.verb == api::Verb::restart) changes = config_changes_for(exchange);
    if (command.rolling)
        co_return co_await restart_rolling(exchange, std::move(command), std::get<0>(chosen), std::move(changes));
    const auto pending = std::make_shared<PendingCommands>(request_all(exchange, command, std::get<0>(chosen)));
    service.write_down();
    if (pending->all_refused()) {
        answer = answer_of(all_refused(service, pending->refusal));
        co_return co_await exchange.send(std::move(answer));
    }
    if (!command.wait) {
        (void)pending->update(service);
        answer.status = 202;
        answer.body = api::results_document(pending->results, changes);
        co_return co_await exchange.send(std::move(answer));
    }
    AwaitedResults awaited;
    awaited.results = results_of(pending, service);
    awaited.document = [changes](const api::Results& results) { return api::awaited_document(results, changes); };
    co_return co_await answer_when_decided(exchange, *command.wait, command.stream, std::move(awaited));
}

Task scale(Exchange& exchange, api::command::Scale command) {
    auto& service = exchange.host().service;
    Answer answer;
    if (const auto problem = refusal(exchange, command.requests)) {
        answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    auto scaled = service.scale(command.requests, exchange.peer().named_peer());
    exchange.host().commanded(exchange.peer().peer(), scaled.commands.size());
    service.write_down();
    if (!scaled.refused.empty()) {
        answer = answer_of(conflict("refused", scaled.refused));
        co_return co_await exchange.send(std::move(answer));
    }
    const auto pending = std::make_shared<PendingCommands>(pending_commands_of(std::move(scaled.commands)));
    if (!command.wait) {
        (void)pending->update(service);
        answer.status = 202;
        answer.body = api::scale_document(scaled.groups, pending->results, false);
        co_return co_await exchange.send(std::move(answer));
    }
    AwaitedResults awaited;
    awaited.results = results_of(pending, service);
    awaited.document = [groups = std::move(scaled.groups)](const api::Results& results) {
        return api::scale_document(groups, results, true);
    };
    co_return co_await answer_when_decided(exchange, *command.wait, command.stream, std::move(awaited));
}

Task reload(Exchange& exchange, api::command::Reload command) {
    auto& service = exchange.host().service;
    Answer answer;
    if (const auto problem = forbidden(exchange, May::control)) {
        answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    const auto planned = std::make_shared<api::ReloadAnswer>(service.reload(command.request, exchange.peer().named_peer()));
    service.write_down();
    if (auto early = answer_without_reload(*planned, command.request.dry_run)) {
        answer = std::move(*early);
        co_return co_await exchange.send(std::move(answer));
    }
    if (!command.wait) {
        answer.body = api::reload_document(*planned, false);
        co_return co_await exchange.send(std::move(answer));
    }
    AwaitedResults awaited;
    awaited.results = [planned, &service](api::Results& results) {
        auto progress = service.reload_progress(planned->number);
        if (!progress) {   // more than one reload followed it
            Rolling::fail_pending(results, "a later reload replaced this one");
            return true;
        }
        results = std::move(progress->workers);
        return progress->done;
    };
    awaited.document = [planned](const api::Results& results) { return api::reload_document(*planned, false, &results); };
    co_return co_await answer_when_decided(exchange, *command.wait, command.stream, std::move(awaited));
}

}   // namespace talos::http

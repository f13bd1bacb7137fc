#include "http/server/commands.hpp"
#include "api/documents.hpp"
#include <algorithm>
#include <ctime>
#include <unistd.h>

namespace talos::http {

namespace {

Answer document(std::string body) {
    Answer answer;
    answer.body = std::move(body);
    return answer;
}

Answer plain(unsigned status, std::string body) {
    Answer answer;
    answer.status = status;
    answer.type = "text/plain; charset=utf-8";
    answer.body = std::move(body);
    return answer;
}

/// The age of the process on CLOCK_BOOTTIME, which neither jumps nor stops during suspend.
Millis uptime_of(const state::StatusHead& head) {
    timespec boot{};
    ::clock_gettime(CLOCK_BOOTTIME, &boot);
    const auto since_boot =
        std::chrono::duration_cast<Millis>(std::chrono::seconds(boot.tv_sec) + std::chrono::nanoseconds(boot.tv_nsec));
    const auto ticks_per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return std::max(Millis{0},
                    since_boot - Millis{static_cast<std::int64_t>(head.identity.start_ticks * 1000 / ticks_per_second)});
}

std::vector<api::WorkerView> views_of(const api::Service& service, const std::vector<std::string>& names) {
    std::vector<api::WorkerView> views;
    views.reserve(names.size());
    for (const auto& name : names)
        if (auto view = service.worker(name)) views.push_back(std::move(*view));
    return views;
}

std::vector<api::WorkerView> all_views(const api::Service& service) {
    std::vector<std::string> names;
    for (auto& worker : service.names()) names.push_back(std::move(worker.name));
    return views_of(service, names);
}

/// Reads every process of the machine; the loop continues between the steps. False: the peer has disconnected.
Task measure(Exchange& exchange, api::Metrics& into) {
    const auto measurement = exchange.host().service.measure();
    while (!measurement->step())
        if (!co_await exchange.peer().yield()) co_return false;
    into = measurement->metrics();
    co_return true;
}

Task send_metrics(Exchange& exchange) {
    api::Metrics metrics;
    if (!co_await measure(exchange, metrics)) co_return false;
    auto answer = plain(200, to_text(metrics));
    answer.type = "text/plain; version=0.0.4; charset=utf-8";
    co_return co_await exchange.send(std::move(answer));
}

/// The views and the metrics are in the same order. There may be fewer views.
void add_usage(const api::Metrics& metrics, std::vector<api::WorkerView>& views) {
    auto used = metrics.workers.begin();
    for (auto& view : views) {
        used = std::find_if(used, metrics.workers.end(), [&](const auto& worker) { return worker.name == view.status.name; });
        if (used == metrics.workers.end()) return;
        view.status.usage =
            state::UsageStatus{used->processes, used->resident_bytes, Millis{static_cast<Millis::rep>(used->cpu_seconds * 1000)}};
    }
}

/// `usage`: null unless requested.
Answer status(Exchange& exchange, const api::Metrics* usage) {
    const auto chosen = choose(exchange, {}, May::read);
    if (const auto* problem = std::get_if<Problem>(&chosen)) return answer_of(*problem);
    auto& service = exchange.host().service;
    auto head = service.head();
    std::erase_if(head.empty_groups, [&](const std::string& name) {
        return !exchange.host().access.may(exchange.peer().peer(), May::read, api::Named{name + "-1", name});
    });
    std::erase_if(head.saved_scales, [&](const state::SavedScale& scale) {
        return !exchange.host().access.may(exchange.peer().peer(), May::read, api::Named{scale.group + "-1", scale.group});
    });
    if (auto changes = service.config_changes()) {
        head.config_changed = changes->changed;
        if (exchange.host().access.may(exchange.peer().peer(), May::read)) head.changed_files = std::move(changes->files);
    }
    auto views = views_of(service, std::get<0>(chosen));
    if (usage != nullptr) add_usage(*usage, views);
    return document(api::status_document(head, views, uptime_of(head)));
}

Task send_status_with_usage(Exchange& exchange) {
    api::Metrics metrics;
    Answer answer;
    const auto chosen = choose(exchange, {}, May::read);
    if (const auto* problem = std::get_if<Problem>(&chosen)) {   // before any process is read
        answer = answer_of(*problem);
    } else {
        if (!co_await measure(exchange, metrics)) co_return false;
        answer = status(exchange, &metrics);
    }
    co_return co_await exchange.send(std::move(answer));
}

Answer signal(Exchange& exchange, const api::command::Signal& command, const std::vector<std::string>& names) {
    auto& service = exchange.host().service;
    api::Results results;
    for (const auto& name : names) {
        api::Outcome outcome;
        const auto sent = service.signal(name, command.number, exchange.peer().named_peer());
        outcome.what = sent ? api::Outcome::What::reached : api::Outcome::What::failed;
        if (!sent) outcome.reason = sent.error().errno_value() == ESRCH ? "has no process" : sent.error().message();
        results.emplace_back(name, std::move(outcome));
    }
    service.write_down();
    return document(api::results_document(results));
}

Answer act(Exchange& exchange, const api::command::Act& command, const std::vector<std::string>& names) {
    auto& service = exchange.host().service;
    api::Results results;
    for (const auto& name : names) {
        api::Outcome outcome;
        const auto done = service.act(name, command.operation, exchange.peer().named_peer());
        outcome.what = done ? api::Outcome::What::reached : api::Outcome::What::failed;
        if (!done) outcome.reason = done.error().message();
        if (const auto view = service.worker(name)) {
            outcome.state = worker::to_text(state::documented_state(view->status));
            outcome.pid = view->status.pid;
        }
        results.emplace_back(name, std::move(outcome));
    }
    service.write_down();
    return document(api::results_document(results));
}

/// Only dispatches: a handler that waits is a coroutine of its own.
struct Execute {
    Exchange& exchange;
    api::Service& service;

    template <class Then>
    Task of_chosen(const std::vector<std::string>& words, May what, Then then) const {
        const auto chosen = choose(exchange, words, what);
        if (const auto* problem = std::get_if<Problem>(&chosen)) return exchange.send(answer_of(*problem));
        return exchange.send(then(std::get<0>(chosen)));
    }

    Task operator()(const api::command::Status& command) const {
        return command.usage ? send_status_with_usage(exchange) : exchange.send(status(exchange, nullptr));
    }
    Task operator()(const api::command::Config&) const {
        if (const auto problem = forbidden(exchange, May::control)) return exchange.send(answer_of(*problem));
        return exchange.send(document(service.running_config()));
    }
    Task operator()(const api::command::Workers& command) const {
        return of_chosen(command.words, May::read, [&](const auto& names) {
            const auto views = views_of(service, names);
            const bool one = command.one && views.size() == 1 && views.front().status.name == command.words.front();
            return document(one ? api::worker_document(views.front()) : api::workers_document(views));
        });
    }
    Task operator()(const api::command::Signal& command) const {
        return of_chosen(command.words, May::control, [&](const auto& names) { return signal(exchange, command, names); });
    }
    Task operator()(const api::command::Act& command) const {
        return of_chosen(command.words, May::control, [&](const auto& names) { return act(exchange, command, names); });
    }
    Task operator()(const api::command::Shutdown& command) const {
        if (const auto problem = forbidden(exchange, May::control)) return exchange.send(answer_of(*problem));
        service.shutdown(command.force, exchange.peer().named_peer());
        service.write_down();
        auto answer = document(api::shutdown_document());
        answer.status = 202;
        return exchange.send(std::move(answer));
    }
    Task operator()(const api::command::Live&) const { return exchange.send(plain(200, "ok\n")); }
    Task operator()(const api::command::Ready&) const {
        auto [ready, text] = api::readiness(service.head(), all_views(service));
        return exchange.send(plain(ready ? 200 : 503, std::move(text)));
    }
    Task operator()(const api::command::Metrics&) const {
        if (const auto problem = forbidden(exchange, May::read)) return exchange.send(answer_of(*problem));
        return send_metrics(exchange);
    }
    Task operator()(const api::command::Ask& command) const { return ask(exchange, command); }
    Task operator()(const api::command::Scale& command) const { return scale(exchange, command); }
    Task operator()(const api::command::Reload& command) const { return reload(exchange, command); }
    Task operator()(const api::command::Events& command) const { return stream_events(exchange, command); }
    Task operator()(const api::command::Logs& command) const { return stream_logs(exchange, command); }
};

}   // namespace

Task execute(Exchange& exchange, const api::Command& command) {
    const Execute executes{exchange, exchange.host().service};
    return std::visit(executes, command);
}

}   // namespace talos::http

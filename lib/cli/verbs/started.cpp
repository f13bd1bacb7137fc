#include "cli/verbs/started.hpp"
#include "api/blocked_by.hpp"
#include "cli/views/status_source.hpp"
#include "core/duration.hpp"
#include <algorithm>

namespace talos::cli {

namespace {

using worker::State;

bool has_failed(const state::StatusDocument& document, const state::WorkerStatus& worker) {
    if (worker.goal == worker::Goal::down) return false;
    switch (worker.state) {
    case State::backoff:
    case State::fatal: return true;
    case State::exited: return !state::ended_well(worker);
    case State::stopped: return api::blocked_by(document, worker) != nullptr;
    case State::starting:
    case State::running:
    case State::completed:
    case State::stopping: return false;
    }
    __builtin_unreachable();
}

bool is_undecided(const state::StatusDocument& document, const state::WorkerStatus& worker) {
    const bool on_its_way = worker.state == State::starting || worker.state == State::stopping || worker.state == State::stopped;
    return worker.goal == worker::Goal::up && on_its_way && !has_failed(document, worker);
}

FailedStart described(const state::StatusDocument& document, const state::WorkerStatus& worker) {
    std::string reason = worker.reason;
    if (reason.empty() && worker.last_exit) reason = to_text(worker.last_exit->status);
    if (const auto* blocks = api::blocked_by(document, worker); blocks != nullptr && api::rests_disabled(*blocks))
        reason.append(reason.empty() ? "" : ": ").append(api::disabled_text(blocks->name));
    return {worker.name, std::string(worker::to_text(state::documented_state(worker))), std::move(reason)};
}

}   // namespace

std::vector<FailedStart> failed_starts(const state::StatusDocument& document) {
    std::vector<FailedStart> failed;
    for (const auto& worker : document.workers)
        if (has_failed(document, worker)) failed.push_back(described(document, worker));
    return failed;
}

bool all_decided(const state::StatusDocument& document) {
    return std::none_of(document.workers.begin(), document.workers.end(),
                        [&](const auto& worker) { return is_undecided(document, worker); });
}

std::string failed_text(const std::vector<FailedStart>& failed, std::size_t workers) {
    std::string text = std::to_string(failed.size()) + " of " + std::to_string(workers) +
                       (workers == 1 ? " worker failed:" : " workers failed:");
    for (const auto& [worker, state, reason] : failed)
        text.append("\n  ").append(worker).append(": ").append(state).append(reason.empty() ? "" : ", ").append(reason);
    return text;
}

std::vector<FailedStart> check_starts(Context& context, bool wait, std::optional<Millis> timeout, std::size_t& workers) {
    const auto source = open_status_source(context);
    if (!source) return {};
    const auto deadline = timeout ? std::optional{std::chrono::steady_clock::now() + *timeout} : std::nullopt;
    for (;;) {
        const auto probe = (*source)->probe();
        if (!probe || probe->state != client::Probe::State::running || !probe->document) return {};
        const auto& document = *probe->document;
        workers = document.workers.size();
        auto failed = failed_starts(document);
        if (!wait || all_decided(document)) return failed;
        (*source)->history([](std::string_view) {});   // read, so that the next notification wakes the wait
        if ((*source)->wait(deadline) != StatusSource::What::time) continue;
        for (const auto& worker : document.workers) {
            if (!is_undecided(document, worker)) continue;
            failed.push_back(described(document, worker));
            auto& reason = failed.back().reason;
            reason = "not up within " + format_duration(*timeout) + (reason.empty() ? "" : ": " + reason);
        }
        return failed;
    }
}

}   // namespace talos::cli

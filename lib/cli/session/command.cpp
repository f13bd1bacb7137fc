#include "cli/session/command.hpp"
#include "api/select.hpp"
#include "cli/command_line/exit_code.hpp"
#include "cli/session/config_changes.hpp"
#include "cli/session/progress.hpp"
#include "config/files/config_file.hpp"
#include "config/load/parse.hpp"
#include "core/duration.hpp"
#include "posix/files/file.hpp"
#include <algorithm>
#include <boost/json/value.hpp>

namespace talos::cli {

namespace {

constexpr Millis least_wait{30'000};
constexpr Millis longest_wait = std::chrono::hours(24);   // the maximum that talosd accepts

// The time that a worker has to come up; for a oneshot, to complete.
Millis start_of(const config::WorkerSpec& spec) {
    if (spec.kind == config::WorkerKind::oneshot) return longest_wait;
    const auto* prepare = config::find_hook(spec, config::Hook::pre_start);
    const Millis up = spec.ready.get() != nullptr ? spec.ready.get()->timeout : spec.start_time;
    return prepare != nullptr ? prepare->timeout + up : up;
}

// The reload program, and the READY=1 that may follow it.
Millis reload_of(const config::WorkerSpec& spec) {
    const auto* reload = spec.reload.get();
    return reload != nullptr ? 2 * reload->program.timeout : Millis{0};
}

// The longest of these workers' times in the config that talosd has loaded; the status document does not contain them. The
// current instances of a group may differ from the config's.
template <class Measure>
Millis longest_of(const state::StatusDocument& document, std::span<const std::size_t> which, const Words& words,
                  Measure measure) {
    const auto text = posix::read_file(document.head.config_path, config::config_limit);
    if (!text) return Millis{0};
    const auto config = config::parse(*text, document.head.config_path,
                                      config::ConfigFiles{config::ConfigFiles::Rule::any_owner, {}}.surroundings_without_values())
                            .config;
    const auto is_one = [&](auto fits) {
        return std::any_of(which.begin(), which.end(), [&](auto index) { return fits(document.workers[index]); });
    };
    Millis longest{0};
    for (const auto& spec : config.workers)
        if (is_one([&](const auto& worker) { return worker.name == spec.name; })) longest = std::max(longest, measure(spec));
    for (const auto& group : config.groups) {
        const auto& name = group.pattern.name;
        const bool said = std::find(words.begin(), words.end(), name) != words.end();
        if (said || is_one([&](const auto& worker) { return worker.group == name; }))
            longest = std::max(longest, measure(group.pattern));
    }
    return longest;
}

std::int64_t count_of(const state::StatusDocument& document, const Words& words) {
    const auto chosen = api::select(api::names_of(document), words);
    return chosen ? std::max<std::int64_t>(1, std::ssize(*chosen)) : 1;
}

std::string goes_on(std::string_view verb) {
    return "talosd continues the " + std::string{verb} + "; `talosctl status` shows its progress";
}

}   // namespace

Millis default_wait(const state::StatusDocument& document, const Words& words, std::string_view verb) {
    const auto chosen = api::select(api::names_of(document), words);
    const auto which = chosen ? *chosen : std::vector<std::size_t>{};   // talosd reports unknown workers
    if (verb == "reload") return least_wait + longest_of(document, which, words, reload_of);
    const auto plans = patience_with(document, which, verb == "disable" ? "stop" : verb);
    return verb == "stop" || verb == "disable" ? plans : plans + longest_of(document, which, words, start_of);
}

Millis plan_length(const state::WorkerStatus& worker) {
    Millis sum = worker.stop_hooks;
    for (const auto& step : worker.stop) sum += step.wait;
    return sum;
}

Millis patience_with(const state::StatusDocument& document, std::span<const std::size_t> which, std::string_view verb) {
    Millis longest{0};
    for (const auto index : which) {
        const auto& worker = document.workers[index];
        if (verb == "start" && worker.state != worker::State::stopping) continue;
        longest = std::max(longest, plan_length(worker));
    }
    return std::max(longest + (verb == "stop" ? Millis{5'000} : least_wait), least_wait);
}

std::optional<int> refuse_empty_word(Context& context, const Words& words) {
    if (std::find(words.begin(), words.end(), std::string{}) == words.end()) return std::nullopt;
    return context.fail(exit_code::no_such_worker, "no worker \"\"; `talosctl status` lists the workers");
}

Posted post(Context& context, http::Client& client, const std::string& target, std::optional<Millis> wait,
            std::string_view going_on) {
    if (client.interrupted_by() != 0)
        return {{}, report_failure(context, client, failure_of(EINTR, target))};   // nothing was sent
    if (!wait) {
        const auto response = client.request("POST", target, answer_patience);
        if (!response) return {{}, report_failure(context, client, response.error(), going_on)};
        if (!response->good()) return {{}, report_problem(context, *response)};
        auto object = parse_object(response->body);
        auto answer = object ? parse_answer(std::move(*object)) : std::nullopt;
        if (!answer) return {{}, context.fail(exit_code::failed, "talosd's answer cannot be parsed; it may be another version")};
        return {std::move(answer), exit_code::ok};
    }
    std::optional<CommandAnswer> answer;
    Progress progress;
    const auto take = [&](std::string_view line) {
        auto object = parse_object(line);
        if (!object) return true;
        if (auto result = parse_result(*object)) progress.update(std::move(*result));
        else answer = parse_answer(std::move(*object));
        return true;
    };
    const auto separator = target.find('?') == std::string::npos ? "?wait=" : "&wait=";
    const auto until = std::clamp(*wait, Millis{0}, longest_wait);
    // talosd applies the time limit; the local limit applies if it does not answer at all.
    const auto response =
        client.stream("POST", target + separator + format_duration(until), "application/x-ndjson", take, until + answer_patience);
    progress.clear();
    if (answer) return {std::move(answer), exit_code::ok};
    if (!response) return {{}, report_failure(context, client, response.error(), going_on)};
    if (!response->good()) return {{}, report_problem(context, *response)};
    return {{}, context.fail(exit_code::failed, "talosd exited before it reported the result; run `talosctl status`")};
}

int report_results(Context& context, const CommandAnswer& answer, std::optional<Millis> time_limit) {
    int code = exit_code::ok;
    for (const auto& result : answer.results) {
        switch (result.what) {
        case WorkerResult::What::reached: break;
        case WorkerResult::What::pending:
            if (!time_limit) break;
            code = exit_code::failed;
            context.note(result.worker + ": not completed within " + format_duration(*time_limit) + ": " + state_text(result) +
                         "; talosd continues");
            continue;
        case WorkerResult::What::failed:
            code = exit_code::failed;
            context.note(result.worker + ": " + state_text(result) + "; see `talosctl why " + result.worker + "`");
            continue;
        }
        if (!context.json()) context.say(result.worker + ": " + state_text(result) + "\n");
    }
    if (context.json()) context.document(answer.document);
    return code;
}

int command_workers(Context& context, std::string_view verb, const Words& words, bool no_wait, std::optional<Millis> timeout,
                    Order order) {
    if (const auto refused = refuse_empty_word(context, words)) return *refused;
    auto reached = reach(context);
    if (const auto* none = std::get_if<NoApi>(&reached)) return context.fail(none->code, none->sentence);
    auto& api = std::get<Api>(reached);
    std::optional<Millis> wait;
    if (!no_wait) {
        wait = timeout;
        if (!wait && !api.document)
            if (auto document = ask_status(api.client)) api.document = std::move(*document);
        if (!wait) wait = api.document ? default_wait(*api.document, words, verb) : least_wait;
        if (!timeout && order == Order::rolling && api.document)
            wait = std::min(longest_wait, *wait * count_of(*api.document, words));
    }
    std::string target = "/v1/workers/" + names_in_path(words);
    target.append("/").append(verb);
    if (order == Order::rolling) target += "?roll=one";
    const auto posted = post(context, api.client, target, wait, goes_on(verb));
    if (!posted.answer) {
        if (posted.code == exit_code::no_such_worker)
            if (const auto document = ask_status(api.client))
                note_changed_config(context, document->head);   // it may be in the changed config
        return posted.code;
    }
    const int code = report_results(context, *posted.answer, wait);
    note_changed_config(context, posted.answer->document);
    return code;
}

}   // namespace talos::cli

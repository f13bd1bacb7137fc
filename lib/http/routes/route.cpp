#include "http/routes/route.hpp"
#include "config/model/instances.hpp"
#include "core/signal_name.hpp"
#include "core/text.hpp"
#include "http/routes/log_query.hpp"
#include "http/routes/query.hpp"
#include "http/routes/request_parts.hpp"
#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <utility>

namespace talos::http {
namespace {

using namespace std::chrono_literals;
using Routed = std::variant<api::Command, Problem>;

constexpr Millis longest_wait = 24h;
constexpr std::string_view config_number = "config";   ///< instead of a number of instances: the number in the config
constexpr std::string_view result_stream = "application/x-ndjson";

Problem problem(unsigned status, std::string code, std::string detail) {
    Problem out;
    out.status = status;
    out.code = std::move(code);
    out.detail = std::move(detail);
    return out;
}

Problem bad_parameter(std::string detail) { return problem(400, "bad-parameter", std::move(detail)); }
Problem bad_parameter(const Failure& failure) { return bad_parameter(failure.message()); }

/// A request whose path matches a route.
struct MatchedRequest {
    const Request& request;
    const Query& query;
    std::string_view names;   ///< the variable segment of the path, still encoded
};

// --- one function a route -----------------------------------------------------------------------------------------

template <class Plain>
Routed without_parameters(const MatchedRequest& matched) {
    if (const auto only = matched.query.only({}); !only) return bad_parameter(only.error());
    return Plain{};
}

Routed status(const MatchedRequest& matched) {
    if (const auto only = matched.query.only({"usage"}); !only) return bad_parameter(only.error());
    const auto usage = matched.query.flag("usage");
    if (!usage) return bad_parameter(usage.error());
    return api::command::Status{*usage};
}

Routed some_workers(const MatchedRequest& matched) {
    if (const auto only = matched.query.only({}); !only) return bad_parameter(only.error());
    auto words = words_of(matched.names);
    if (!words) return bad_parameter(words.error());
    const bool one = plain(*words);
    return api::command::Workers{std::move(*words), one};
}

Problem bad_roll(std::string_view found) {
    return bad_parameter("roll: expected \"one\" (at a time) or \"all\" (at once), found " + in_quotes(found));
}

template <api::Verb verb>
Routed ask(const MatchedRequest& matched) {
    constexpr bool rolls = verb == api::Verb::restart;
    if (const auto only = rolls ? matched.query.only({"wait", "roll"}) : matched.query.only({"wait"}); !only)
        return bad_parameter(only.error());
    auto words = words_of(matched.names);
    if (!words) return bad_parameter(words.error());
    const auto wait = matched.query.duration("wait", longest_wait);
    if (!wait) return bad_parameter(wait.error());
    const auto* roll = matched.query.find("roll");
    const bool one = roll != nullptr && *roll == "one";
    if (roll != nullptr && !one && *roll != "all") return bad_roll(*roll);
    return api::command::Ask{verb, std::move(*words), *wait, wait->has_value() && accepts(matched.request.accept, result_stream),
                             one};
}

template <api::Operation operation>
Routed act(const MatchedRequest& matched) {
    if (const auto only = matched.query.only({}); !only) return bad_parameter(only.error());
    auto words = words_of(matched.names);
    if (!words) return bad_parameter(words.error());
    return api::command::Act{operation, std::move(*words)};
}

/// One number for all groups or one for each.
Result<std::vector<api::ScaleRequest>> scale_requests(std::vector<std::string> groups, std::string_view numbers, bool save) {
    const auto given = static_cast<std::size_t>(std::count(numbers.begin(), numbers.end(), ',')) + 1;
    if (given != 1 && given != groups.size())
        return refused("instances: expected one number, or one for each name: " + std::to_string(groups.size()));
    std::vector<api::ScaleRequest> requests;
    std::string_view number;
    for (auto& group : groups) {
        if (given > 1 || requests.empty()) number = take_part(numbers, ',');
        const bool back = number == config_number;
        const auto count = whole_number(number, config::most_instances);
        if (!count && !back)
            return refused("instances: expected a whole number from 0 to " + std::to_string(config::most_instances) + " or \"" +
                           std::string(config_number) + "\", found " + in_quotes(number));
        if (back && save) return refused("save: \"" + std::string(config_number) + "\" is not a number and cannot be saved");
        const auto same = [&](const api::ScaleRequest& other) { return other.group == group; };
        if (std::any_of(requests.begin(), requests.end(), same)) return refused(in_quotes(group) + " occurs more than once");
        requests.push_back({std::move(group), back ? std::nullopt : std::optional(static_cast<std::uint32_t>(*count)), save});
    }
    return requests;
}

Routed scale(const MatchedRequest& matched) {
    if (const auto only = matched.query.only({"instances", "save", "wait"}); !only) return bad_parameter(only.error());
    auto groups = words_of(matched.names);
    if (!groups) return bad_parameter(groups.error());
    const auto* numbers = matched.query.find("instances");
    if (numbers == nullptr) return bad_parameter("the parameter \"instances\" is missing: the number of instances");
    const auto save = matched.query.flag("save");
    if (!save) return bad_parameter(save.error());
    auto requests = scale_requests(std::move(*groups), *numbers, *save);
    if (!requests) return bad_parameter(requests.error());
    const auto wait = matched.query.duration("wait", longest_wait);
    if (!wait) return bad_parameter(wait.error());
    return api::command::Scale{std::move(*requests), *wait, wait->has_value() && accepts(matched.request.accept, result_stream)};
}

Routed signal(const MatchedRequest& matched) {
    if (const auto only = matched.query.only({"signal"}); !only) return bad_parameter(only.error());
    auto words = words_of(matched.names);
    if (!words) return bad_parameter(words.error());
    const auto* name = matched.query.find("signal");
    if (name == nullptr) return bad_parameter("the parameter \"signal\" is missing: a name like SIGHUP, or a number");
    const auto number = signal_number(*name);
    if (!number) return bad_parameter("signal: expected the name or number of a signal like SIGHUP, found " + in_quotes(*name));
    return api::command::Signal{std::move(*words), *number};
}

Routed logs(const MatchedRequest& matched) {
    if (const auto only = matched.query.only({"lines", "since", "until", "follow"}); !only) return bad_parameter(only.error());
    auto words = words_of(matched.names);
    if (!words) return bad_parameter(words.error());
    const auto follow = matched.query.flag("follow");
    if (!follow) return bad_parameter(follow.error());
    if (*follow && matched.query.find("until") != nullptr) return bad_parameter("until: cannot be combined with follow");
    auto ranges = log_ranges(matched.query, words->size());
    if (!ranges) return bad_parameter(ranges.error());
    api::command::Logs out;
    out.one = plain(*words);
    out.words = std::move(*words);
    out.ranges = std::move(*ranges);
    out.follow = *follow;
    return out;
}

Routed events(const MatchedRequest& matched) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    if (const auto only = matched.query.only({"since", "follow", "worker"}); !only) return bad_parameter(only.error());
    const auto since = matched.query.number("since", most);
    if (!since) return bad_parameter(since.error());
    const auto follow = matched.query.flag("follow");
    if (!follow) return bad_parameter(follow.error());
    api::command::Events out{*since, *follow, {}};
    if (!out.since && !matched.request.last_event_id.empty()) {   // an EventSource sends this header when it reconnects
        out.since = whole_number(matched.request.last_event_id, most);
        if (!out.since) return bad_parameter("Last-Event-ID: expected the sequence of an event, a whole number");
    }
    const auto* workers = matched.query.find("worker");
    if (workers != nullptr && workers->empty()) return bad_parameter("worker: expected a name or a pattern, found nothing");
    if (workers != nullptr && workers->size() > longest_word)
        return bad_parameter("worker: expected a name or a pattern of at most " + std::to_string(longest_word) + " bytes");
    if (workers != nullptr) out.workers = *workers;
    return out;
}

Routed reload(const MatchedRequest& matched) {
    using Roll = api::ReloadRequest::Roll;
    if (const auto only = matched.query.only({"dryRun", "roll", "wait"}); !only) return bad_parameter(only.error());
    const auto dry_run = matched.query.flag("dryRun");
    if (!dry_run) return bad_parameter(dry_run.error());
    const auto wait = matched.query.duration("wait", longest_wait);
    if (!wait) return bad_parameter(wait.error());
    const auto* roll = matched.query.find("roll");
    const bool all = roll != nullptr && *roll == "all";
    if (roll != nullptr && !all && *roll != "one") return bad_roll(*roll);
    api::command::Reload out;
    out.request.dry_run = *dry_run;
    out.request.roll = all ? Roll::all_at_once : Roll::one_by_one;
    out.wait = *wait;
    out.stream = wait->has_value() && accepts(matched.request.accept, result_stream);
    return out;
}

Routed shutdown(const MatchedRequest& matched) {
    if (const auto only = matched.query.only({"force"}); !only) return bad_parameter(only.error());
    const auto force = matched.query.flag("force");
    if (!force) return bad_parameter(force.error());
    return api::command::Shutdown{*force};
}

// --- the table ----------------------------------------------------------------------------------------------------

struct Route {
    std::string_view method;
    std::string_view path;   ///< a segment `*` stands for names of workers
    Routed (*command)(const MatchedRequest&);
};

constexpr std::array<Route, 23> routes{{
    {"GET", "/v1/status", status},
    {"GET", "/v1/config", without_parameters<api::command::Config>},
    {"GET", "/v1/workers", without_parameters<api::command::Workers>},
    {"GET", "/v1/workers/*", some_workers},
    {"POST", "/v1/workers/*/start", ask<api::Verb::start>},
    {"POST", "/v1/workers/*/stop", ask<api::Verb::stop>},
    {"POST", "/v1/workers/*/restart", ask<api::Verb::restart>},
    {"POST", "/v1/workers/*/disable", ask<api::Verb::disable>},
    {"POST", "/v1/workers/*/reload", ask<api::Verb::reload>},
    {"POST", "/v1/workers/*/enable", act<api::Operation::enable>},
    {"POST", "/v1/workers/*/reset", act<api::Operation::reset>},
    {"POST", "/v1/workers/*/pause", act<api::Operation::pause>},
    {"POST", "/v1/workers/*/resume", act<api::Operation::resume>},
    {"POST", "/v1/workers/*/rotate", act<api::Operation::rotate>},
    {"POST", "/v1/workers/*/scale", scale},
    {"POST", "/v1/workers/*/signal", signal},
    {"GET", "/v1/workers/*/logs", logs},
    {"GET", "/v1/events", events},
    {"POST", "/v1/reload", reload},
    {"POST", "/v1/shutdown", shutdown},
    {"GET", "/livez", without_parameters<api::command::Live>},
    {"GET", "/readyz", without_parameters<api::command::Ready>},
    {"GET", "/metrics", without_parameters<api::command::Metrics>},
}};

/// Compares segment by segment, since `%2F` in a name is not a slash. `names` receives the segment of the star.
bool fits(std::string_view pattern, std::string_view path, std::string_view& names) {
    if (std::count(pattern.begin(), pattern.end(), '/') != std::count(path.begin(), path.end(), '/')) return false;
    while (!pattern.empty()) {
        const auto wanted = take_part(pattern, '/');
        const auto segment = take_part(path, '/');
        if (wanted == "*") {
            if (segment.empty()) return false;
            names = segment;
        } else if (percent_decoded(segment) != wanted) {
            return false;
        }
    }
    return path.empty();
}

Problem not_found(std::string_view path) {
    constexpr std::size_t shown = 200;
    return problem(404, "not-found",
                   "there is nothing at " + valid_utf8(path.substr(0, shown)) + (path.size() > shown ? "..." : ""));
}

Problem not_allowed(std::string_view allowed) {
    auto out = problem(405, "method-not-allowed", "");
    out.allow = allowed == "GET" ? "GET, HEAD" : std::string(allowed);
    out.detail = "this path allows only " + out.allow;
    return out;
}

}   // namespace

std::vector<RouteName> all_routes() {
    std::vector<RouteName> names;
    for (const auto& each : routes) names.push_back({each.method, each.path});
    return names;
}

std::variant<api::Command, Problem> route(const Request& request) {
    const std::string_view target = request.target;
    if (!target.starts_with('/')) return problem(400, "bad-request", "the request target must begin with a slash");
    const auto path = target.substr(0, target.find('?'));
    const auto method = request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
    std::string_view allowed;
    for (const auto& candidate : routes) {
        std::string_view names;
        if (!fits(candidate.path, path, names)) continue;
        allowed = candidate.method;
        if (method != candidate.method) continue;
        const auto query = Query::parse(path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view{});
        if (!query) return bad_parameter(query.error());
        return candidate.command({request, *query, names});
    }
    return allowed.empty() ? not_found(path) : not_allowed(allowed);
}

}   // namespace talos::http

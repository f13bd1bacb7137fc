#include "api/select.hpp"
#include "config/model/instances.hpp"
#include "core/text.hpp"
#include "http/server/commands.hpp"
#include <algorithm>

namespace talos::http {

namespace {

constexpr std::size_t longest_target = 200;

Problem refuse(Exchange& exchange, May what, const std::string& whom) {
    const auto& peer = exchange.peer().named_peer();
    std::string action = exchange.request().method;
    action.append(" ").append(exchange.request().target, 0, longest_target);
    exchange.host().refused(peer, action);

    Problem problem;
    problem.status = 403;
    problem.code = "not-allowed";
    problem.detail = "user ";
    problem.detail.append(std::to_string(peer.uid))
        .append(what == May::read ? " may not read " : " may not control ")
        .append(whom);
    problem.detail.append("; the config's access list has no rule for it");
    return problem;
}

std::vector<api::Named> instances(const std::string& group, std::uint32_t count) {
    std::vector<api::Named> all;
    for (std::uint32_t index = 1; index <= count; ++index) all.push_back({config::instance_name(group, index), group});
    return all;
}

bool sees_somebody(Exchange& exchange) {
    const auto& access = exchange.host().access;
    const auto& peer = exchange.peer().peer();
    const auto readable = access.may(peer, May::read, exchange.host().service.names());
    return access.may(peer, May::read) || std::find(readable.begin(), readable.end(), true) != readable.end();
}

/// A name that is not a group. The message contains only what the peer may know.
Problem no_group(Exchange& exchange, const std::string& name, const std::vector<api::GroupView>& groups) {
    if (!sees_somebody(exchange)) return refuse(exchange, May::read, "any worker");
    const auto& access = exchange.host().access;
    const auto& peer = exchange.peer().peer();
    const auto worker = exchange.host().service.worker(name);
    Problem problem;
    if (worker && access.may(peer, May::read, {name, worker->status.group})) {
        problem.status = 409;
        problem.code = "no-instances";
        problem.detail = worker->status.group.empty()
                             ? name + " cannot be scaled: its config has no \"instances\""
                             : name + " is one of the instances of " + worker->status.group + ": scale that";
        return problem;
    }
    std::vector<std::string_view> known;
    for (const auto& group : groups)
        if (access.may(peer, May::read, {config::instance_name(group.name, 1), group.name})) known.push_back(group.name);
    problem.status = 404;
    problem.code = "unknown-worker";
    problem.detail = "no worker \"" + name + "\" with instances";
    if (const auto near = nearest(name, known); !near.empty())
        problem.detail.append("; did you mean \"").append(near).append("\"?");
    return problem;
}

}   // namespace

std::optional<Problem> refusal(Exchange& exchange, const std::vector<api::ScaleRequest>& requests) {
    const auto& access = exchange.host().access;
    const auto& peer = exchange.peer().peer();
    const auto groups = exchange.host().service.groups();
    for (const auto& request : requests) {
        const auto group =
            std::find_if(groups.begin(), groups.end(), [&](const auto& each) { return each.name == request.group; });
        if (group == groups.end()) return no_group(exchange, request.group, groups);
        const auto all = instances(request.group, std::max({group->count, request.count.value_or(group->configured), 1u}));
        const auto readable = access.may(peer, May::read, all);
        if (std::find(readable.begin(), readable.end(), true) == readable.end()) return no_group(exchange, request.group, groups);
        const auto controllable = access.may(peer, May::control, all);
        for (std::size_t index = 0; index < all.size(); ++index)
            if (!controllable[index]) return refuse(exchange, May::control, all[index].name);
    }
    return std::nullopt;
}

std::optional<Problem> forbidden(Exchange& exchange, May what) {
    if (exchange.host().access.may(exchange.peer().peer(), what)) {
        if (what == May::control) exchange.host().commanded(exchange.peer().peer(), 1);
        return std::nullopt;
    }
    return refuse(exchange, what, "talosd as a whole");
}

std::variant<std::vector<std::string>, Problem> choose(Exchange& exchange, const std::vector<std::string>& words, May what) {
    const auto& access = exchange.host().access;
    const auto& peer = exchange.peer().peer();
    const auto names = exchange.host().service.names();
    const auto readable = access.may(peer, May::read, names);
    std::vector<api::Named> visible;
    for (std::size_t index = 0; index < names.size(); ++index)
        if (readable[index]) visible.push_back(names[index]);
    for (const auto& group : exchange.host().service.groups()) {
        const bool known = group.count == 0 && access.may(peer, May::read, api::Named{group.name + "-1", group.name});
        if (known) visible.push_back({{}, group.name});
    }
    if (visible.empty() && !access.may(peer, May::read)) return refuse(exchange, May::read, "any worker");

    const auto selected = api::select(visible, words);
    if (!selected) {
        Problem problem;
        problem.status = 404;
        problem.code = "unknown-worker";
        problem.detail = selected.error().message();
        return problem;
    }
    std::vector<api::Named> chosen;
    chosen.reserve(selected->size());
    for (const auto index : *selected) chosen.push_back(visible[index]);
    if (what == May::control) {
        const auto controllable = access.may(peer, May::control, chosen);
        for (std::size_t index = 0; index < chosen.size(); ++index)
            if (!controllable[index]) return refuse(exchange, what, chosen[index].name);
        exchange.host().commanded(peer, chosen.size());
    }
    std::vector<std::string> chosen_names;
    chosen_names.reserve(chosen.size());
    for (auto& worker : chosen) chosen_names.push_back(std::move(worker.name));
    return chosen_names;
}

std::optional<Problem> too_many_streams(Exchange& exchange) {
    const auto& host = exchange.host();
    if (host.has_room_for_stream(exchange.peer().peer())) {
        exchange.peer().count_stream();
        return std::nullopt;
    }
    Problem problem;
    problem.status = 429;
    problem.code = "too-many-streams";
    problem.detail = "a user other than the owner of talosd and root follows at most " +
                     std::to_string(host.limits.streams_of_a_user) +
                     " streams at a time; end one, or name several workers in one request";
    return problem;
}

}   // namespace talos::http

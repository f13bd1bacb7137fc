#include "control/commands.hpp"
#include "daemon/select.hpp"

namespace talos::control {

namespace {

constexpr std::size_t longest_target = 200;

Problem refuse(Exchange& exchange, May what, const std::string& whom) {
    const auto& peer = exchange.peer().named_peer();
    std::string asked = exchange.request().method;
    asked.append(" ").append(exchange.request().target, 0, longest_target);
    exchange.host().refused(peer, asked);

    Problem problem;
    problem.status = 403;
    problem.code = "not-allowed";
    problem.detail = "user ";
    problem.detail.append(std::to_string(peer.uid)).append(what == May::read ? " may not read " : " may not control ").append(whom);
    problem.detail.append("; the config's access list has no rule for it");
    return problem;
}

}  // namespace

std::optional<Problem> forbidden(Exchange& exchange, May what) {
    if (exchange.host().access.may(exchange.peer().peer(), what)) return std::nullopt;
    return refuse(exchange, what, "talosd as a whole");
}

std::variant<std::vector<std::string>, Problem> choose(Exchange& exchange, const std::vector<std::string>& words, May what) {
    const auto& access = exchange.host().access;
    const auto& peer = exchange.peer().peer();
    const auto names = exchange.host().service.names();
    const auto readable = access.may(peer, May::read, names);
    std::vector<std::string> visible;
    for (std::size_t index = 0; index < names.size(); ++index)
        if (readable[index]) visible.push_back(names[index]);
    if (visible.empty() && !access.may(peer, May::read)) return refuse(exchange, May::read, "any worker");

    const auto selected = daemon::select(visible, words);
    if (!selected) {
        Problem problem;
        problem.status = 404;
        problem.code = "unknown-worker";
        problem.detail = selected.error().message();
        return problem;
    }
    std::vector<std::string> chosen;
    chosen.reserve(selected->size());
    for (const auto index : *selected) chosen.push_back(visible[index]);
    if (what == May::control) {
        const auto controllable = access.may(peer, May::control, chosen);
        for (std::size_t index = 0; index < chosen.size(); ++index)
            if (!controllable[index]) return refuse(exchange, what, chosen[index]);
    }
    return chosen;
}

}  // namespace talos::control

#include "config/load/parse.hpp"
#include "config/model/instances.hpp"
#include "daemon/reload.hpp"
#include "turn/recorder.hpp"
#include <algorithm>

/// Changes the number of running instances without reading the config.
namespace talos::daemon {

namespace {

config::Group& find(std::vector<config::Group>& groups, const std::string& name) {
    return *std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.pattern.name == name; });
}

bool is_of(const config::WorkerSpec& spec, const std::string& group) {
    const auto* instance = spec.instance.get();
    return instance != nullptr && instance->of == group;
}

/// Reserves `count` places for the group; moves the groups behind it.
void make_room(std::vector<config::Group>& groups, config::Group& changed, std::uint32_t count) {
    for (auto* group = &changed + 1; group != groups.data() + groups.size(); ++group)
        group->place += count - std::size_t{changed.count};
    changed.count = count;
}

}   // namespace

std::vector<api::GroupView> Reload::groups() const {
    std::vector<api::GroupView> views;
    views.reserve(head_.groups.size());
    for (const auto& group : head_.groups) views.push_back({group.pattern.name, group.count, group.configured});
    return views;
}

void Reload::note_groups() {
    std::vector<std::string> empty;
    std::vector<state::SavedScale> scales;
    const auto& saved = services_.overrides.instances;
    for (const auto& group : head_.groups) {
        const auto& name = group.pattern.name;
        if (group.count == 0) empty.push_back(name);
        if (const auto found = saved.find(name); found != saved.end()) scales.push_back({name, found->second, group.configured});
    }
    services_.recorder.set_empty_groups(std::move(empty));
    services_.recorder.set_saved_scales(std::move(scales));
}

api::ScaleAnswer Reload::scale(const std::vector<api::ScaleRequest>& requests, const state::Requester& by) {
    api::ScaleAnswer answer;
    if (auto complaint = scale_complaint(requests)) {
        answer.refused = std::move(*complaint);
        return answer;
    }
    if (const auto kept = keep(requests); !kept) {
        answer.refused = kept.error().message();
        return answer;
    }
    std::string summary;
    for (const auto& request : requests) {
        const auto& group = find(head_.groups, request.group);
        const auto saved = services_.overrides.instances.find(request.group);
        const auto count = request.count.value_or(group.configured);
        answer.groups.push_back({request.group, group.count, count, group.configured, std::nullopt});
        if (saved != services_.overrides.instances.end()) answer.groups.back().saved = saved->second;
        summary.append(summary.empty() ? "" : " ").append(request.group).append("=").append(std::to_string(count));
        if (request.save) summary += " (saved)";
        if (!request.count) summary += " (as the config says)";
    }
    services_.recorder.command({}, "scale", &by, 0, summary);
    services_.observer.message(turn::Level::info, "scale: " + summary);
    const engine::Why why{.cause = "scale", .by = &by};
    for (const auto& request : requests) {
        auto& group = find(head_.groups, request.group);
        const auto count = request.count.value_or(group.configured);
        resize(group, count, why, answer.commands);
        make_room(head_.groups, group, count);
    }
    note_groups();
    // Not less than before: some may yet start with a config that a reload has brought.
    services_.recorder.set_stop_timeout(std::max(services_.recorder.head().stop_timeout, supervisor_.stop_timeout()));
    services_.touch();
    return answer;
}

/// Stores the counts that apply after a reload and after a restart of talosd.
Result<> Reload::keep(const std::vector<api::ScaleRequest>& requests) {
    auto wanted = services_.overrides;
    for (const auto& request : requests) {
        if (!request.count) wanted.instances.erase(request.group);
        else if (request.save) wanted.instances.insert_or_assign(request.group, *request.count);
    }
    return services_.override_with(std::move(wanted));
}

/// The reason why this is impossible: what the config reader would report if the config contained the number.
std::optional<std::string> Reload::scale_complaint(const std::vector<api::ScaleRequest>& requests) const {
    if (supervisor_.stopping()) return "talosd is stopping";
    auto then = running_config();
    then.data_dir = services_.files.path();
    const auto first = then.workers.size();
    for (const auto& request : requests) {
        const auto& group = find(then.groups, request.group);
        const auto count = request.count.value_or(group.configured);
        if (auto complaint = config::instances_complaint(group.pattern, count)) return complaint;
        for (auto index = group.count; index < count; ++index)
            then.workers.push_back(config::instance_of(group.pattern, index + 1));
    }
    return config::log_complaint(then, first);
}

/// Existing instances keep their places; new ones follow them.
void Reload::resize(const config::Group& group, std::uint32_t count, const engine::Why& why,
                    std::vector<api::PendingCommand>& commands) {
    const auto& name = group.pattern.name;
    std::vector<std::string> order;
    for (const auto& runner : supervisor_.runners())
        if (!runner->leaving() && !is_of(runner->spec(), name)) order.push_back(runner->spec().name);
    std::vector<std::string> instances;
    for (std::uint32_t index = 1; index <= count; ++index) instances.push_back(config::instance_name(name, index));
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(std::min(group.place, order.size())), instances.begin(),
                 instances.end());

    for (auto index = group.count; index < count; ++index) {
        auto& runner = supervisor_.add(config::instance_of(group.pattern, index + 1));
        if (!runner.disabled()) commands.push_back(runner.ask(api::Verb::start, why));
    }
    for (auto index = group.count; index > count; --index)
        if (engine::Runner* runner = supervisor_.find(config::instance_name(name, index))) {
            commands.push_back(supervisor_.remove(*runner, why));
            removed_meanwhile(runner->spec().name, "scale " + name + '=' + std::to_string(count));
        }
    supervisor_.order(order);
}

}   // namespace talos::daemon

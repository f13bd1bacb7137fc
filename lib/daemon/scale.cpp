#include "config/load/parse.hpp"
#include "config/model/instances.hpp"
#include "daemon/reload.hpp"
#include "turn/recorder.hpp"
#include <algorithm>

/// Another number of instances of what runs, without a config to read.
namespace talos::daemon {

namespace {

config::Group& find(std::vector<config::Group>& groups, const std::string& name) {
    return *std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.pattern.name == name; });
}

bool is_of(const config::WorkerSpec& spec, const std::string& group) {
    const auto* instance = spec.instance.get();
    return instance != nullptr && instance->of == group;
}

/// Gives the group so many places; the groups behind it move.
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

api::ScaleAnswer Reload::scale(const std::vector<api::ScaleRequest>& wishes, const state::Requester& by) {
    api::ScaleAnswer answer;
    if (auto complaint = scale_complaint(wishes)) {
        answer.refused = std::move(*complaint);
        return answer;
    }
    if (const auto kept = keep(wishes); !kept) {
        answer.refused = kept.error().message();
        return answer;
    }
    std::string told;
    for (const auto& wish : wishes) {
        const auto& group = find(head_.groups, wish.group);
        const auto saved = services_.overrides.instances.find(wish.group);
        const auto count = wish.count.value_or(group.configured);
        answer.groups.push_back({wish.group, group.count, count, group.configured, std::nullopt});
        if (saved != services_.overrides.instances.end()) answer.groups.back().saved = saved->second;
        told.append(told.empty() ? "" : " ").append(wish.group).append("=").append(std::to_string(count));
        if (wish.save) told += " (saved)";
        if (!wish.count) told += " (as the config says)";
    }
    services_.recorder.command({}, "scale", &by, 0, told);
    services_.observer.message(turn::Level::info, "scale: " + told);
    const engine::Why why{.cause = "scale", .by = &by};
    for (const auto& wish : wishes) {
        auto& group = find(head_.groups, wish.group);
        const auto count = wish.count.value_or(group.configured);
        resize(group, count, why, answer.wishes);
        make_room(head_.groups, group, count);
    }
    note_groups();
    // Not less than before: some may yet start with a config that a reload has brought.
    services_.recorder.set_stop_timeout(std::max(services_.recorder.head().stop_timeout, supervisor_.stop_timeout()));
    services_.touch();
    return answer;
}

/// What holds after a reload, and after a start of talosd.
Result<> Reload::keep(const std::vector<api::ScaleRequest>& wishes) {
    auto wanted = services_.overrides;
    for (const auto& wish : wishes) {
        if (!wish.count) wanted.instances.erase(wish.group);
        else if (wish.save) wanted.instances.insert_or_assign(wish.group, *wish.count);
    }
    return services_.override_with(std::move(wanted));
}

/// Why this cannot be: what the config's reader would say if the number stood there.
std::optional<std::string> Reload::scale_complaint(const std::vector<api::ScaleRequest>& wishes) const {
    if (supervisor_.stopping()) return "talosd is stopping";
    auto then = running_config();
    then.data_dir = services_.files.path();
    const auto first = then.workers.size();
    for (const auto& wish : wishes) {
        const auto& group = find(then.groups, wish.group);
        const auto count = wish.count.value_or(group.configured);
        if (auto complaint = config::instances_complaint(group.pattern, count)) return complaint;
        for (auto index = group.count; index < count; ++index)
            then.workers.push_back(config::instance_of(group.pattern, index + 1));
    }
    return config::log_complaint(then, first);
}

/// Instances that are there keep their places; new ones come behind them.
void Reload::resize(const config::Group& group, std::uint32_t count, const engine::Why& why,
                    std::vector<api::PendingCommand>& wishes) {
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
        if (!runner.disabled()) wishes.push_back(runner.ask(api::Verb::start, why));
    }
    for (auto index = group.count; index > count; --index)
        if (engine::Runner* runner = supervisor_.find(config::instance_name(name, index))) {
            wishes.push_back(supervisor_.remove(*runner, why));
            removed_meanwhile(runner->spec().name, "scale " + name + '=' + std::to_string(count));
        }
    supervisor_.order(order);
}

}   // namespace talos::daemon

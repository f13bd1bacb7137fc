#include "config/load/saved_scale.hpp"

#include "config/load/parse.hpp"
#include "config/model/instances.hpp"
#include <algorithm>
#include <iterator>
#include <utility>

namespace talos::config {

namespace {

std::optional<std::string> complaint_about(Config then, const Group& group, std::uint32_t count, const std::string& data_dir) {
    if (count > most_instances) return "there are at most " + std::to_string(most_instances);
    if (auto complaint = instances_complaint(group.pattern, count)) return complaint;
    if (then.workers.size() - group.count + count > most_workers)
        return "it exceeds the limit of " + std::to_string(most_workers) + " workers";
    then.data_dir = data_dir;
    const auto its = std::find_if(then.groups.begin(), then.groups.end(),
                                  [&](const Group& one) { return one.pattern.name == group.pattern.name; });
    set_instances(then, *its, count);
    return log_complaint(then, 0);
}

}   // namespace

void set_instances(Config& config, Group& group, std::uint32_t count) {
    const auto at = [&](std::size_t index) { return config.workers.begin() + static_cast<std::ptrdiff_t>(group.place + index); };
    const auto before = group.count;
    if (count < before) {
        config.workers.erase(at(count), at(before));
    } else {
        std::vector<WorkerSpec> more;
        for (auto index = before; index < count; ++index) more.push_back(instance_of(group.pattern, index + 1));
        config.workers.insert(at(before), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    for (auto* later = &group + 1; later != config.groups.data() + config.groups.size(); ++later)
        later->place += std::size_t{count} - before;
    group.count = count;
}

std::vector<std::string> apply_scales(Config& config, const Scales& scales, const std::string& data_dir) {
    std::vector<std::string> complaints;
    for (auto& group : config.groups) {
        const auto saved = scales.find(group.pattern.name);
        if (saved == scales.end() || saved->second == group.count) continue;
        if (const auto complaint = complaint_about(config, group, saved->second, data_dir))
            complaints.push_back("the saved scale of " + group.pattern.name + " (" + std::to_string(saved->second) +
                                 " instances) is not possible; the number in the config applies: " + *complaint);
        else set_instances(config, group, saved->second);
    }
    return complaints;
}

}   // namespace talos::config

#include "api/plan_values.hpp"

#include "config/use/show.hpp"
#include "core/text.hpp"
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <string>
#include <utility>

namespace json = boost::json;

namespace talos::api {
namespace {

using Env = std::vector<std::pair<std::string, std::string>>;

/// The value as `talosctl config` shows it.
json::value shown(const config::Config& config) {
    boost::system::error_code error;
    auto value = json::parse(valid_utf8(config::show(config, config::Values::masked)), error);
    return error ? json::value(json::object()) : value;
}

json::value shown(const config::WorkerSpec& worker) {
    config::Config alone;
    alone.workers.push_back(worker);
    const auto document = shown(alone);
    const auto* found = document.as_object().if_contains("workers");
    const auto* members = found != nullptr ? found->if_object() : nullptr;
    return members != nullptr && members->size() == 1 ? members->begin()->value() : json::value(json::object());
}

/// The value at `restart.delay`, `log[1].keep` or `hooks.preStart`; null if it is not set.
const json::value* find(const json::value& root, std::string_view key) {
    const json::value* at = &root;
    while (!key.empty() && at != nullptr) {
        const auto end = std::min(key.find_first_of(".[", 1), key.size());
        auto part = key.substr(0, end);
        key.remove_prefix(end);
        if (part.starts_with('[')) {
            std::size_t index = 0;
            std::from_chars(part.data() + 1, part.data() + part.size(), index);
            const auto* list = at->if_array();
            at = list != nullptr && index < list->size() ? &(*list)[index] : nullptr;
            continue;
        }
        if (part.starts_with('.')) part.remove_prefix(1);
        const auto* object = at->if_object();
        at = object != nullptr ? object->if_contains(part) : nullptr;
    }
    return at;
}

void put(json::object& key, const char* member, const json::value* value) {
    if (value != nullptr) key.emplace(member, *value);
}

const std::string* value_in(const Env& env, const std::string& name) {
    const auto found = std::find_if(env.begin(), env.end(), [&](const auto& entry) { return entry.first == name; });
    return found == env.end() ? nullptr : &found->second;
}

void put_names(json::object& key, const char* member, json::array names) {
    if (!names.empty()) key.emplace(member, std::move(names));
}

void add_env(json::object& key, const Env& before, const Env& after) {
    json::array added;
    json::array removed;
    json::array changed;
    for (const auto& [name, value] : after) {
        const auto* old = value_in(before, name);
        if (old == nullptr) added.emplace_back(valid_utf8(name));
        else if (*old != value) changed.emplace_back(valid_utf8(name));
    }
    for (const auto& [name, value] : before)
        if (value_in(after, name) == nullptr) removed.emplace_back(valid_utf8(name));
    put_names(key, "added", std::move(added));
    put_names(key, "removed", std::move(removed));
    put_names(key, "changed", std::move(changed));
}

std::string_view name_of(const json::object& key) {
    const auto& name = key.at("key").as_string();
    return {name.data(), name.size()};
}

}   // namespace

PlanValues::PlanValues(const config::Config& running, const config::Config& wanted) {
    for (const auto& worker : running.workers) running_.emplace(worker.name, &worker);
    for (const auto& worker : wanted.workers) wanted_.emplace(worker.name, &worker);
}

void PlanValues::add_to(json::array& keys, std::string_view worker) const {
    const auto running = running_.find(worker);
    const auto wanted = wanted_.find(worker);
    if (keys.empty() || running == running_.end() || wanted == wanted_.end()) return;
    const auto before = shown(*running->second);
    const auto after = shown(*wanted->second);
    for (auto& entry : keys) {
        auto& key = entry.as_object();
        if (name_of(key) == "env") {
            add_env(key, running->second->env, wanted->second->env);
            continue;
        }
        const std::string name{name_of(key)};
        put(key, "before", find(before, name));
        put(key, "after", find(after, name));
    }
}

void add_values(json::array& keys, const config::Config& running, const config::Config& wanted) {
    if (keys.empty()) return;
    const auto own_keys = [](const config::Config& config) {
        config::Config own;
        own.data_dir = config.data_dir;
        own.control_socket = config.control_socket;
        own.access = config.access;
        own.cgroup = config.cgroup;
        return shown(own);
    };
    const auto before = own_keys(running);
    const auto after = own_keys(wanted);
    for (auto& entry : keys) {
        auto& key = entry.as_object();
        const std::string name{name_of(key)};
        put(key, "before", find(before, name));
        put(key, "after", find(after, name));
    }
}

}   // namespace talos::api

#include "cli/session/config_changes.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace talos::cli {

std::string changed_sentence(const std::vector<std::string>& files) {
    constexpr std::size_t most = 3;
    if (files.empty()) return "the config has changed since it was loaded; see talosctl reload --dry-run";
    std::string names;
    for (std::size_t i = 0; i < std::min(files.size(), most); ++i) names.append(i == 0 ? "" : ", ").append(files[i]);
    if (files.size() > most) names += " and " + std::to_string(files.size() - most) + " more";
    return names + (files.size() == 1 ? " has changed since it was" : " have changed since they were") +
           " loaded; see talosctl reload --dry-run";
}

void note_changed_config(const Context& context, const state::StatusHead& head) {
    if (head.config_changed.value_or(false)) context.note(changed_sentence(head.changed_files));
}

void note_changed_config(const Context& context, const boost::json::object& answer) {
    const auto* changed = answer.if_contains("configChanged");
    if (changed == nullptr || changed->if_bool() == nullptr || !changed->get_bool()) return;
    std::vector<std::string> names;
    const auto* files = answer.if_contains("changedFiles");
    const auto* list = files != nullptr ? files->if_array() : nullptr;
    if (list != nullptr)
        for (const auto& file : *list)
            if (const auto* name = file.if_string()) names.emplace_back(name->data(), name->size());
    context.note(changed_sentence(names));
}

}   // namespace talos::cli

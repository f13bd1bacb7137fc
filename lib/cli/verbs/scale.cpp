#include "cli/command_line/exit_code.hpp"
#include "cli/session/command.hpp"
#include "cli/verbs/verbs.hpp"

namespace talos::cli {

namespace {

// Stops of removed instances overlap with starts of new ones.
Millis wait_for(const state::StatusDocument& document, const Words& groups) {
    Millis longest{0};
    for (const auto& group : groups)
        longest = std::max(longest, default_wait(document, {group}, "restart"));   // a group may have no instances
    return longest;
}

}   // namespace

int scale(Context& context, const ScaleOptions& options) {
    auto reached = reach(context);
    if (const auto* none = std::get_if<NoApi>(&reached)) return context.fail(none->code, none->sentence);
    auto& api = std::get<Api>(reached);
    Words groups;
    std::string counts;
    for (const auto& [group, count] : options.groups) {
        groups.push_back(group);
        counts.append(counts.empty() ? "" : ",").append(count ? std::to_string(*count) : "config");
    }
    std::optional<Millis> wait;
    if (!options.no_wait) {
        wait = options.timeout;
        if (!wait && !api.document)
            if (auto document = ask_status(api.client)) api.document = std::move(*document);
        if (!wait) wait = wait_for(api.document.value_or(state::StatusDocument{}), groups);
    }
    const auto target = "/v1/workers/" + names_in_path(groups) + "/scale?instances=" + counts + (options.save ? "&save" : "");
    const auto posted =
        post(context, api.client, target, wait, "talosd continues the change; `talosctl status` shows its progress");
    if (!posted.answer) return posted.code;
    if (!context.json()) context.say(scale_text(posted.answer->document));
    return report_results(context, *posted.answer, wait);
}

}   // namespace talos::cli

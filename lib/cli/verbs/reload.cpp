#include "cli/command_line/exit_code.hpp"
#include "cli/session/command.hpp"
#include "cli/verbs/verbs.hpp"
#include "config/files/config_file.hpp"
#include "config/load/parse.hpp"
#include "posix/files/file.hpp"
#include <algorithm>

namespace talos::cli {

namespace {

constexpr Millis least_wait{60'000};
constexpr Millis longest_wait = std::chrono::hours(24);

// Restarts run one after the other: in the worst case all stop plans, plus all starts by the new config.
Millis default_wait(const state::StatusDocument& document) {
    Millis sum = least_wait;
    for (const auto& worker : document.workers) sum += std::min(plan_length(worker), longest_wait);
    if (const auto text = posix::read_file(document.head.config_path, config::config_limit))
        for (const auto& spec :
             config::parse(*text, document.head.config_path,
                           config::ConfigFiles{config::ConfigFiles::Rule::any_owner, {}}.surroundings_without_values())
                 .config.workers)
            sum += std::min(spec.start_time, longest_wait);
    return std::min(sum, longest_wait);
}

}   // namespace

int reload(Context& context, const ReloadOptions& options) {
    if (!options.workers.empty()) return command_workers(context, "reload", options.workers, options.no_wait, options.timeout);
    auto reached = reach(context);
    if (const auto* none = std::get_if<NoApi>(&reached)) return context.fail(none->code, none->sentence);
    auto& api = std::get<Api>(reached);
    if (api.document) {
        const auto& runs_with = api.document->head.config_path;
        if (const auto other = other_config(locate(context.options(), Need::config), runs_with); !other.empty())
            return context.fail(exit_code::failed, "talosd has loaded " + runs_with +
                                                       ", and a reload reads that file again; to use " + other +
                                                       ", stop talosd and start it with --config " + other);
    }
    std::optional<Millis> wait;
    if (!options.dry_run && !options.no_wait) {
        wait = options.timeout;
        if (!wait && !api.document)
            if (auto document = ask_status(api.client)) api.document = std::move(*document);
        if (!wait) wait = api.document ? default_wait(*api.document) : longest_wait;
    }
    std::string target = options.all_at_once ? "/v1/reload?roll=all" : "/v1/reload?roll=one";
    if (options.dry_run) target += "&dryRun=1";
    const auto posted =
        post(context, api.client, target, wait, "talosd continues the reload; `talosctl status` shows its progress");
    if (!posted.answer) return posted.code;
    context.raw_error(warnings_text(posted.answer->document));
    if (!context.json()) context.say(plan_text(posted.answer->document));
    return report_results(context, *posted.answer, wait);
}

}   // namespace talos::cli

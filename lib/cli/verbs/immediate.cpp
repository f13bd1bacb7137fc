#include "cli/command_line/exit_code.hpp"
#include "cli/session/command.hpp"
#include "cli/verbs/verbs.hpp"
#include <algorithm>
#include <boost/json/value.hpp>

namespace talos::cli {

namespace {

std::string done_text(const std::string& verb, const WorkerResult& result) {
    const bool rests = result.state == "stopped" || result.state == "exited" || result.state == "fatal";
    const std::string start = "`talosctl start " + result.worker + "` starts it";
    if (verb == "reset") return "failure count reset" + std::string(result.state == "fatal" ? ", still fatal; " + start : "");
    if (verb == "pause") return "paused";
    if (verb == "resume") return "resumed";
    if (verb == "rotate") return "logs rotated";
    return "enabled" + std::string(rests ? ", " + result.state + "; " + start : "");
}

// With a pattern or `all`, workers without logs are skipped.
bool is_meant(const ImmediateOptions& options, const WorkerResult& result) {
    const bool named = std::find(options.workers.begin(), options.workers.end(), result.worker) != options.workers.end();
    return options.verb != "rotate" || named || result.reason != "it keeps no log of its own";
}

}   // namespace

int immediate(Context& context, const ImmediateOptions& options) {
    const Words workers = options.workers.empty() ? Words{"all"} : options.workers;   // for `rotate` only
    if (const auto refused = refuse_empty_word(context, workers)) return *refused;
    auto reached = reach(context);
    if (const auto* none = std::get_if<NoApi>(&reached)) return context.fail(none->code, none->sentence);
    const auto target = "/v1/workers/" + names_in_path(workers) + "/" + options.verb;
    const auto posted = post(context, std::get<Api>(reached).client, target, std::nullopt, {});
    if (!posted.answer) return posted.code;
    int code = exit_code::ok;
    for (const auto& result : posted.answer->results) {
        if (result.what == WorkerResult::What::reached) {
            if (!context.json()) context.say(result.worker + ": " + done_text(options.verb, result) + "\n");
        } else if (is_meant(options, result)) {
            code = exit_code::failed;
            context.note(result.worker + ": " + result.reason);
        }
    }
    if (context.json()) context.document(posted.answer->document);
    return code;
}

}   // namespace talos::cli

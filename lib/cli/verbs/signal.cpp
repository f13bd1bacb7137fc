#include "api/select.hpp"
#include "cli/command_line/exit_code.hpp"
#include "cli/session/command.hpp"
#include "cli/verbs/verbs.hpp"
#include "core/signal_name.hpp"
#include "posix/processes/identity.hpp"
#include "posix/processes/pidfd.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace talos::cli {

namespace {

namespace json = boost::json;

int tell(Context& context, const CommandAnswer& answer, const std::string& signal) {
    int code = exit_code::ok;
    for (const auto& result : answer.results) {
        if (result.what == WorkerResult::What::reached) {
            if (!context.json()) context.say(result.worker + ": " + signal + " sent\n");
            continue;
        }
        code = exit_code::failed;
        context.note(result.worker + ": " + (result.reason.empty() ? "not signalled" : result.reason));
    }
    if (context.json()) context.document(answer.document);
    return code;
}

// Uses talosd's records and a pidfd. Signals only the main process, since only talosd can verify a process group.
CommandAnswer signal_directly(const state::StatusDocument& document, const std::vector<std::size_t>& which, int number) {
    CommandAnswer answer;
    json::array rows;
    for (const auto index : which) {
        const auto& worker = document.workers[index];
        WorkerResult result{WorkerResult::What::failed, worker.name, {}, 0, "it has no process"};
        if (worker.pid != 0) {
            const auto& own = document.head.identity;
            const auto process = posix::open_process({worker.pid, worker.start_ticks, own.boot_id, own.pid_namespace});
            const auto sent = process ? posix::send_signal(*process, number) : Result<>{process.error()};
            if (sent) result = {WorkerResult::What::reached, worker.name, {}, 0, {}};
            else result.reason = sent.error().message();
        }
        json::object row{{"worker", result.worker}, {"outcome", result.reason.empty() ? "reached" : "failed"}};
        if (!result.reason.empty()) row["reason"] = result.reason;
        rows.emplace_back(std::move(row));
        answer.results.push_back(std::move(result));
    }
    answer.document = {{"results", std::move(rows)}};
    return answer;
}

int fall_back(Context& context, const SignalOptions& options, const NoApi& none, int number) {
    const auto manager = context.manager();
    const auto document = manager ? manager->status() : std::nullopt;
    if (!document) return context.fail(none.code, none.sentence);
    const auto chosen = api::select(api::names_of(*document), options.workers);
    if (!chosen) return context.fail(exit_code::no_such_worker, chosen.error());
    context.note("talosd's control socket cannot be reached: sending the signal to the main processes directly; the history does "
                 "not record it");
    return tell(context, signal_directly(*document, *chosen, number), signal_name(number));
}

}   // namespace

int signal(Context& context, const SignalOptions& options) {
    if (const auto refused = refuse_empty_word(context, options.workers)) return *refused;
    const int number = signal_number(options.signal).value_or(0);   // checked by the command line parser
    auto reached = reach(context);
    if (const auto* none = std::get_if<NoApi>(&reached)) {
        if (none->running) return fall_back(context, options, *none, number);
        return context.fail(none->code, none->sentence);
    }
    auto& client = std::get<Api>(reached).client;
    const auto target = "/v1/workers/" + names_in_path(options.workers) + "/signal?signal=" + encoded(signal_name(number));
    const auto posted = post(context, client, target, std::nullopt, {});
    return posted.answer ? tell(context, *posted.answer, signal_name(number)) : posted.code;
}

}   // namespace talos::cli

#include "cli/logs/remote_logs.hpp"
#include "api/select.hpp"
#include "cli/command_line/exit_code.hpp"
#include "cli/command_line/moment.hpp"
#include "cli/logs/log_sources.hpp"
#include "cli/logs/remote_follow.hpp"
#include "cli/logs/remote_log.hpp"
#include "cli/logs/remote_runs.hpp"
#include "cli/logs/run_marks.hpp"
#include "cli/session/answers.hpp"
#include "cli/session/api.hpp"
#include <limits>

namespace talos::cli {

namespace {

class RemoteLogs {
public:
    RemoteLogs(Context& context, const LogsOptions& options, LogFilter filter, http::Endpoint socket)
        : context_(context), options_(options), filter_(std::move(filter)), client_(std::move(socket)) {}

    int run() {
        if (const auto code = find_workers()) return *code;
        if (options_.follow && workers_.size() > RemoteFollow::most_logs)
            return context_.fail(exit_code::failed, "the control socket can follow at most " +
                                                        std::to_string(RemoteFollow::most_logs) + " logs; name fewer workers");
        std::vector<RemoteLog> logs;
        std::vector<ShownRecord> records;
        if (const auto code = fetch(logs, records)) return *code;
        std::vector<std::string> names;
        for (const auto& each : logs) names.push_back(each.worker());
        LogView view{view_settings(context_, options_), names};
        RunMarks runs{names, [](RunMarks&) {}, wall_now_ns()};
        RemoteRuns history{client_.endpoint(), names.size() == 1 ? names.front() : std::string{}};
        const bool marks = options_.runs && load(history, runs);
        if (marks) view.mark_runs(runs);
        for (const auto& record : records) view.show(record, context_.out.text);
        view.end(context_.out.text);
        if (!context_.out.flush() || !options_.follow || logs.empty()) return exit_code::ok;
        return RemoteFollow{context_, client_, view, std::move(logs), marks ? &history : nullptr, marks ? &runs : nullptr}.run();
    }

private:
    std::optional<int> find_workers() {
        const auto document = ask_status(client_);
        if (!document) return report_failure(context_, client_, document.error());
        const auto names = api::names_of(*document);
        const auto chosen = api::select(names, options_.workers);
        if (!chosen) return context_.fail(exit_code::no_such_worker, chosen.error());
        for (const auto index : *chosen) workers_.push_back(names[index].name);
        return std::nullopt;
    }

    // False if the history may not be read. The lines are shown anyway.
    bool load(RemoteRuns& history, RunMarks& runs) {
        const auto response = history.load(runs);
        if (response && response->good()) return true;
        context_.note("--runs is not available: " + (response ? parse_problem(*response).detail : response.error().message()));
        return false;
    }

    // Reports why a log is skipped. It is an error only if no other log was selected.
    [[nodiscard]] std::optional<std::string> left_out(const RemoteLog& log, const http::Response& response) const {
        if (response.good())
            return log.is_raw() && needs_stamps(options_) ? std::optional(unstamped_sentence(log.worker())) : std::nullopt;
        const auto problem = parse_problem(response);
        if (problem.code == "no-times") return unstamped_sentence(log.worker());
        return problem.code == "no-log" ? std::optional(problem.detail) : std::nullopt;
    }

    // Shows the existing lines, merged by time.
    std::optional<int> fetch(std::vector<RemoteLog>& logs, std::vector<ShownRecord>& records) {
        for (const auto& worker : workers_) {
            RemoteLog log{logs.size(), worker, options_, filter_};
            const auto response = log.fetch(client_, records);
            if (!response) return report_failure(context_, client_, response.error());
            if (const auto why = left_out(log, *response)) {
                if (workers_.size() == 1 && !options_.workers.empty()) return context_.fail(exit_code::failed, *why);
                if (*why == unstamped_sentence(worker)) context_.note(*why);
                continue;
            }
            if (!response->good()) return report_problem(context_, *response);
            for (const auto& text : response->left_out) context_.note(text + "; skipped");
            if (log.is_cut()) context_.note(cut_sentence(worker));
            if (const auto note = log.is_raw() ? untimed_sentence(worker, options_) : std::nullopt) context_.note(*note);
            logs.push_back(std::move(log));
        }
        const bool all = options_.since && !options_.lines;
        keep_last(records, all ? std::numeric_limits<std::size_t>::max() : options_.lines.value_or(default_lines));
        return std::nullopt;
    }

    Context& context_;
    const LogsOptions& options_;
    LogFilter filter_;
    http::Client client_;
    std::vector<std::string> workers_;
};

}   // namespace

int remote_logs(Context& context, const LogsOptions& options, LogFilter filter, const http::Endpoint& socket) {
    return RemoteLogs{context, options, std::move(filter), socket}.run();
}

}   // namespace talos::cli

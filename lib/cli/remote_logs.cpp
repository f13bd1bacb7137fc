#include "cli/remote_logs.hpp"
#include "cli/answers.hpp"
#include "cli/api.hpp"
#include "cli/exit_code.hpp"
#include "cli/log_sources.hpp"
#include "cli/remote_log.hpp"
#include "daemon/select.hpp"
#include <algorithm>
#include <limits>
#include <poll.h>
#include <unistd.h>

namespace talos::cli {

namespace {

// As many connections as one talosctl may hold open without taking them away from others.
constexpr std::size_t followed_at_most = 32;
constexpr Millis look_again{1'000};

// A log that is followed, over one connection after the other.
struct Followed {
    RemoteLog log;
    std::optional<control::Inquiry> exchange = {};
    SteadyTime not_before = {};   // when the next connection may be tried
};

class RemoteLogs {
public:
    RemoteLogs(Context& context, const LogsOptions& options, LogFilter filter, control::Endpoint socket)
        : context_(context), options_(options), filter_(std::move(filter)), client_(std::move(socket)) {}

    int run() {
        if (const auto code = find_workers()) return *code;
        if (options_.follow && workers_.size() > followed_at_most)
            return context_.fail(exit_code::failed, "at most " + std::to_string(followed_at_most) + " workers' logs can be followed over "
                                                        "the control socket; name those that matter");
        std::vector<Followed> logs;
        std::vector<ShownRecord> records;
        if (const auto code = fetch(logs, records)) return *code;
        std::vector<std::string> names;
        for (const auto& each : logs) names.push_back(each.log.worker());
        LogView view{{context_.color(), context_.columns(), context_.json(), options_.follow}, names};
        for (const auto& record : records) view.show(record, context_.out.text);
        view.end(context_.out.text);
        if (!context_.out.flush() || !options_.follow) return exit_code::ok;
        return follow(view, logs);
    }

private:
    std::optional<int> find_workers() {
        const auto document = ask_status(client_);
        if (!document) return tell_failure(context_, client_, document.error());
        const auto names = daemon::names_of(*document);
        const auto chosen = daemon::select(names, options_.workers);
        if (!chosen) return context_.fail(exit_code::no_such_worker, chosen.error());
        for (const auto index : *chosen) workers_.push_back(names[index].name);
        return std::nullopt;
    }

    // Why a log is left out, in words; it is an error only when no other was asked for.
    [[nodiscard]] std::optional<std::string> left_out(const RemoteLog& log, const control::Response& response) const {
        if (response.good()) return log.is_raw() && needs_stamps(options_) ? std::optional(unstamped_sentence(log.worker())) : std::nullopt;
        const auto problem = parse_problem(response);
        if (problem.code == "no-times") return unstamped_sentence(log.worker());
        return problem.code == "no-log" ? std::optional(problem.detail) : std::nullopt;
    }

    // What is there by now, merged by time.
    std::optional<int> fetch(std::vector<Followed>& logs, std::vector<ShownRecord>& records) {
        for (const auto& worker : workers_) {
            RemoteLog log{logs.size(), worker, options_, filter_};
            const auto response = log.fetch(client_, records);
            if (!response) return tell_failure(context_, client_, response.error());
            if (const auto why = left_out(log, *response)) {
                if (workers_.size() == 1 && !options_.workers.empty()) return context_.fail(exit_code::failed, *why);
                if (*why == unstamped_sentence(worker)) context_.note(*why);
                continue;
            }
            if (!response->good()) return tell_problem(context_, *response);
            for (const auto& text : response->left_out) context_.note(text + "; it is left out");
            logs.push_back({std::move(log)});
        }
        const bool all = options_.since && !options_.lines;
        keep_last(records, all ? std::numeric_limits<std::size_t>::max() : options_.lines.value_or(default_lines));
        return std::nullopt;
    }

    int follow(LogView& view, std::vector<Followed>& followed) {
        while (!followed.empty()) {
            for (auto each = followed.begin(); each != followed.end();) {
                if (!each->exchange) connect(*each);
                each = read(*each, view) ? each + 1 : followed.erase(each);
            }
            if (!context_.out.flush()) return exit_code::ok;
            if (!followed.empty() && reader_left(followed)) return exit_code::ok;
        }
        if (ended_ == exit_code::no_such_worker) return context_.fail(ended_, "nothing is left to follow");
        return context_.fail(exit_code::failed, "talosd ended the logs; `talosctl status` says how it is");
    }

    void connect(Followed& each) {
        const auto now = std::chrono::steady_clock::now();
        if (now < each.not_before) return;
        each.not_before = now + look_again;
        auto exchange = client_.send("GET", each.log.target_behind(), "text/plain");
        if (exchange) each.exchange = std::move(*exchange);
        else if (!std::exchange(told_, true)) context_.note(exchange.error().message() + "; waiting for talosd");
    }

    // What has come; false when nothing ever will.
    bool read(Followed& each, LogView& view) {
        if (!each.exchange) return true;
        const auto complete = each.exchange->take([&](std::string_view line) {
            if (const auto record = each.log.take(line)) view.show(*record, context_.out.text);
            return true;
        });
        const auto response = each.exchange->response();
        if (response.good()) told_ = false;
        if (complete && !*complete) return true;
        each.exchange.reset();
        if (response.status < 400 || response.status >= 500) return true;   // talosd ends, or ended
        const auto problem = parse_problem(response);   // the worker was removed, or the right to read it
        context_.note(problem.detail);
        ended_ = problem.exit;
        return false;
    }

    // Sleeps until one of them has something, or is to be connected again; true when nobody reads what is shown any more.
    static bool reader_left(const std::vector<Followed>& followed) {
        std::vector<pollfd> polled{{STDOUT_FILENO, 0, 0}};
        std::optional<SteadyTime> deadline;
        for (const auto& each : followed) {
            if (each.exchange) polled.push_back({each.exchange->fd(), POLLIN, 0});
            else deadline = std::min(deadline.value_or(each.not_before), each.not_before);
        }
        int timeout = -1;
        if (deadline) {
            const auto left = std::chrono::ceil<Millis>(*deadline - std::chrono::steady_clock::now());
            timeout = static_cast<int>(std::clamp(left, Millis{0}, look_again).count());
        }
        while (::poll(polled.data(), polled.size(), timeout) < 0) {}
        return (polled.front().revents & (POLLERR | POLLHUP)) != 0;
    }

    Context& context_;
    const LogsOptions& options_;
    LogFilter filter_;
    control::Client client_;
    std::vector<std::string> workers_;
    bool told_ = false;   // that talosd is waited for
    int ended_ = exit_code::failed;   // of the last log that ended
};

}  // namespace

int remote_logs(Context& context, const LogsOptions& options, LogFilter filter, const control::Endpoint& socket) {
    return RemoteLogs{context, options, std::move(filter), socket}.run();
}

}  // namespace talos::cli

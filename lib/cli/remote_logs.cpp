#include "cli/remote_logs.hpp"
#include "cli/answers.hpp"
#include "cli/api.hpp"
#include "cli/exit_code.hpp"
#include "cli/log_view.hpp"
#include "control/client.hpp"
#include "daemon/select.hpp"
#include <poll.h>
#include <unistd.h>

namespace talos::cli {

namespace {

// As many connections as one talosctl may hold open without taking them away from others.
constexpr std::size_t followed_at_most = 32;

class RemoteLogs {
public:
    RemoteLogs(Context& context, const LogsOptions& options, std::string socket)
        : context_(context), options_(options), client_(std::move(socket)) {}

    int run() {
        if (const auto code = find_workers()) return *code;
        LogView::Settings settings{context_.color(), context_.terminal(), context_.json(), options_.follow};
        LogView view{settings, workers_};
        return options_.follow ? follow(view) : show(view);
    }

private:
    std::optional<int> find_workers() {
        const auto document = ask_status(client_);
        if (!document) return tell_failure(context_, client_, document.error());
        const auto names = daemon::names_of(*document);
        const auto chosen = daemon::select(names, options_.workers);
        if (!chosen) return context_.fail(exit_code::no_such_worker, chosen.error());
        for (const auto index : *chosen) workers_.push_back(names[index]);
        return std::nullopt;
    }

    [[nodiscard]] std::string target(const std::string& worker) const {
        return "/v1/workers/" + encoded(worker) + "/logs?lines=" + std::to_string(options_.lines) + (options_.follow ? "&follow=1" : "");
    }

    // One that keeps no log is an error only when it is the only one that was asked for.
    [[nodiscard]] bool is_passed_over(const control::Response& response) const {
        return parse_problem(response).code == "no-log" && (workers_.size() > 1 || options_.workers.empty());
    }

    int show(LogView& view) {
        std::vector<ShownRecord> records;
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            daemon::LineJoiner joiner{LineShape::stamped};
            std::vector<LogRecord> own;
            const auto response = client_.stream("GET", target(workers_[i]), "text/plain", [&](std::string_view line) {
                if (auto record = joiner.feed(line)) own.push_back(std::move(*record));
                return true;
            });
            if (!response) return tell_failure(context_, client_, response.error());
            if (!response->good() && is_passed_over(*response)) continue;
            if (!response->good()) return tell_problem(context_, *response);
            if (auto rest = joiner.rest()) own.push_back(std::move(*rest));
            add_records(records, i, std::move(own), 0);
        }
        keep_last(records, options_.lines);
        for (const auto& record : records) view.show(record, context_.out.text);
        view.end(context_.out.text);
        context_.out.flush();
        return exit_code::ok;
    }

    struct Followed {
        std::size_t source = 0;
        control::Inquiry exchange;
        daemon::LineJoiner joiner{LineShape::stamped};
    };

    int follow(LogView& view) {
        if (workers_.size() > followed_at_most)
            return context_.fail(exit_code::failed, "at most " + std::to_string(followed_at_most) + " workers' logs can be followed over "
                                                        "the control socket; name those that matter");
        std::vector<Followed> followed;
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            auto exchange = client_.send("GET", target(workers_[i]), "text/plain");
            if (!exchange) return tell_failure(context_, client_, exchange.error());
            followed.push_back({i, std::move(*exchange)});
        }
        view.end(context_.out.text);
        while (!followed.empty()) {
            for (auto log = followed.begin(); log != followed.end();) {
                const auto complete = log->exchange.take([&](std::string_view line) {
                    if (auto record = log->joiner.feed(line)) view.show({log->source, std::move(*record)}, context_.out.text);
                    return true;
                });
                const bool ended = !complete || *complete;
                const auto response = log->exchange.response();
                if (ended && response.status != 0 && !response.good() && !is_passed_over(response)) return tell_problem(context_, response);
                log = ended ? followed.erase(log) : log + 1;
            }
            if (!context_.out.flush()) return exit_code::ok;
            if (!followed.empty() && reader_left(followed)) return exit_code::ok;
        }
        return context_.fail(exit_code::failed, "talosd ended the logs; `talosctl status` says how it is");
    }

    // Sleeps until one of them has something; true when nobody reads what is shown any more.
    static bool reader_left(const std::vector<Followed>& followed) {
        std::vector<pollfd> polled{{STDOUT_FILENO, 0, 0}};
        for (const auto& log : followed) polled.push_back({log.exchange.fd(), POLLIN, 0});
        while (::poll(polled.data(), polled.size(), -1) < 0) {}
        return (polled.front().revents & (POLLERR | POLLHUP)) != 0;
    }

    Context& context_;
    const LogsOptions& options_;
    control::Client client_;
    std::vector<std::string> workers_;
};

}  // namespace

int remote_logs(Context& context, const LogsOptions& options, const std::string& socket) { return RemoteLogs{context, options, socket}.run(); }

}  // namespace talos::cli

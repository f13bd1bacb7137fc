#include "cli/logs/remote_follow.hpp"
#include "cli/command_line/exit_code.hpp"
#include "cli/session/answers.hpp"
#include <algorithm>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace talos::cli {

namespace {

constexpr Millis look_again{1'000};
constexpr Millis answer_patience{10'000};
constexpr std::size_t target_bytes = 12u << 10;   // talosd accepts 16 KiB of header
constexpr std::size_t parameter_bytes = 40;       // for a timestamp and commas

bool is_refusal(const http::Response& response) { return response.status >= 400 && response.status < 500; }

}   // namespace

RemoteFollow::RemoteFollow(Context& context, http::Client& client, LogView& view, std::vector<RemoteLog> logs,
                           RemoteRuns* history, RunMarks* runs)
    : context_(context), client_(client), view_(view), logs_(std::move(logs)), history_(history), runs_(runs),
      ended_(exit_code::failed) {
    for (std::size_t i = 0; i < logs_.size(); ++i) loose_.push_back(i);
}

int RemoteFollow::run() {
    for (;;) {
        check_doubtful();
        gather();
        if (streams_.empty() && loose_.empty() && doubtful_.empty()) break;
        if (history_ != nullptr) {
            history_->follow(*runs_, std::chrono::steady_clock::now());
            history_->take(*runs_);
        }
        for (auto stream = streams_.begin(); stream != streams_.end();) {
            if (!stream->exchange) connect(*stream);
            stream = read(*stream) ? stream + 1 : streams_.erase(stream);
        }
        if (!context_.out.flush() || reader_left()) return exit_code::ok;
    }
    if (ended_ == exit_code::no_such_worker) return context_.fail(ended_, "no log is left to follow");
    return context_.fail(exit_code::failed, "talosd ended the log stream; run `talosctl status`");
}

// Opens streams for logs without one. If that would need too many streams (after many config changes), all streams are rebuilt.
void RemoteFollow::gather() {
    if (loose_.empty()) return;
    if (streams_.size() >= most_streams) {
        for (const auto& stream : streams_) loose_.insert(loose_.end(), stream.logs.begin(), stream.logs.end());
        streams_.clear();
    }
    std::size_t bytes = 0;
    bool begun = false;
    for (const auto index : std::exchange(loose_, {})) {
        const auto of_log = encoded(logs_[index].worker()).size() + parameter_bytes;
        if (!begun || streams_.back().logs.size() == per_stream_ || bytes + of_log > target_bytes) {
            streams_.push_back({});
            bytes = 0;
            begun = true;
        }
        bytes += of_log;
        streams_.back().logs.push_back(index);
        streams_.back().by_worker.emplace(logs_[index].worker(), index);
    }
}

// Checks each log with its own request: a refusal of several does not name the one it concerns.
void RemoteFollow::check_doubtful() {
    const auto now = std::chrono::steady_clock::now();
    if (doubtful_.empty() || now < check_not_before_) return;
    check_not_before_ = now + look_again;
    auto left = std::exchange(doubtful_, {});
    for (auto index = left.begin(); index != left.end(); ++index) {
        const auto response = client_.request("GET", logs_[*index].target_of_nothing(), answer_patience);
        if (!response || response->status >= 500) {   // talosd is ending or has ended
            doubtful_.insert(doubtful_.end(), index, left.end());
            return;
        }
        if (response->good()) loose_.push_back(*index);
        else end_log(*response);
    }
}

std::string RemoteFollow::target_of(const Stream& stream) {
    if (stream.logs.size() == 1) return logs_[stream.logs.front()].target_behind();
    std::vector<std::string> names;
    std::string since;
    std::string lines;
    for (const auto index : stream.logs) {
        const auto begin = logs_[index].behind();
        if (!names.empty()) {
            since += ',';
            lines += ',';
        }
        since += begin.since;
        lines += begin.lines;
        names.push_back(logs_[index].worker());
    }
    return "/v1/workers/" + names_in_path(names) + "/logs?follow=1&since=" + since + "&lines=" + lines;
}

void RemoteFollow::connect(Stream& stream) {
    const auto now = std::chrono::steady_clock::now();
    if (now < stream.not_before) return;
    stream.not_before = now + look_again;
    stream.named = stream.logs.size() > 1;
    auto exchange = client_.send("GET", target_of(stream), "text/plain");
    if (exchange) stream.exchange = std::move(*exchange);
    else if (!std::exchange(noted_, true)) context_.note(exchange.error().message() + "; waiting for talosd");
}

void RemoteFollow::take(Stream& stream, std::string_view line) {
    const auto blank = stream.named ? line.find(' ') : 0;
    const auto found = stream.named ? stream.by_worker.find(line.substr(0, blank)) : stream.by_worker.begin();
    if (found == stream.by_worker.end()) return;
    const auto index = found->second;
    if (blank == std::string_view::npos) {   // the stream of this log has ended
        stream.by_worker.erase(found);
        std::erase(stream.logs, index);
        doubtful_.push_back(index);
        return;
    }
    if (stream.named) line.remove_prefix(blank + 1);
    const auto record = logs_[index].take(line);
    if (!record) return;
    if (history_ != nullptr && record->record.time) history_->take(*runs_);
    view_.show(*record, context_.out.text);
}

void RemoteFollow::end_log(const http::Response& response) {
    const auto problem = parse_problem(response);   // the worker was removed, or the read permission was revoked
    context_.note(problem.detail);
    ended_ = problem.exit;
}

// Reads what has arrived. False if the stream has ended.
bool RemoteFollow::read(Stream& stream) {
    if (!stream.exchange) return true;
    const auto complete = stream.exchange->take([&](std::string_view line) {
        take(stream, line);
        return true;
    });
    const auto response = stream.exchange->response();
    if (response.good()) noted_ = false;
    if (complete && !*complete) return true;
    stream.exchange.reset();
    if (!is_refusal(response))
        return !stream.logs.empty();   // talosd is ending or has ended, or all logs of the stream have ended
    refused(stream, response);
    return false;
}

void RemoteFollow::refused(const Stream& stream, const http::Response& response) {
    constexpr unsigned bad_request = 400;
    constexpr unsigned too_many = 429;
    if (!stream.named || response.status == too_many) return end_log(response);
    for (const auto index : stream.logs) logs_[index].ask_again();
    auto& next = response.status == bad_request ? loose_ : doubtful_;
    if (response.status == bad_request) {   // an older talosd, which follows only one log per request
        if (logs_.size() > most_streams) return end_log(response);
        per_stream_ = 1;
    }
    next.insert(next.end(), stream.logs.begin(), stream.logs.end());
}

// Waits until a stream has data or must reconnect. Returns true if the reader of the output has closed it.
bool RemoteFollow::reader_left() {
    std::vector<pollfd> polled{{STDOUT_FILENO, 0, 0}};
    std::optional<SteadyTime> deadline;
    const auto until = [&](SteadyTime time) { deadline = std::min(deadline.value_or(time), time); };
    for (const auto& stream : streams_) {
        if (stream.exchange) polled.push_back({stream.exchange->fd(), POLLIN, 0});
        else until(stream.not_before);
    }
    if (!doubtful_.empty()) until(check_not_before_);
    if (!loose_.empty()) until(std::chrono::steady_clock::now());
    if (history_ != nullptr && history_->fd() >= 0) polled.push_back({history_->fd(), POLLIN, 0});
    int timeout = history_ != nullptr && history_->fd() < 0 ? static_cast<int>(look_again.count()) : -1;
    if (deadline) {
        const auto left = std::chrono::ceil<Millis>(*deadline - std::chrono::steady_clock::now());
        timeout = static_cast<int>(std::clamp(left, Millis{0}, look_again).count());
    }
    while (::poll(polled.data(), polled.size(), timeout) < 0) {}
    return (polled.front().revents & (POLLERR | POLLHUP)) != 0;
}

}   // namespace talos::cli

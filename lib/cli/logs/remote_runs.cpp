#include "cli/logs/remote_runs.hpp"
#include "cli/session/answers.hpp"
#include "cli/session/event_stream.hpp"

namespace talos::cli {

namespace {

constexpr Millis look_again{1'000};

http::LineSink noting(RunMarks& runs) {
    return [&runs](std::string_view line) {
        if (const auto sent = parse_sent_line(line); sent.what == SentLine::What::data) runs.note(sent.text);
        return true;
    };
}

}   // namespace

std::string RemoteRuns::target(const std::string& query) const {
    std::string target = "/v1/events" + query;
    if (!worker_.empty()) target.append(query.empty() ? "?" : "&").append("worker=").append(encoded(worker_));
    return target;
}

Result<http::Response> RemoteRuns::load(RunMarks& runs) {
    return client_.stream("GET", target({}), "text/event-stream", noting(runs));
}

void RemoteRuns::follow(const RunMarks& runs, SteadyTime now) {
    if (exchange_ || now < not_before_) return;
    not_before_ = now + look_again;
    auto exchange = client_.send("GET", target("?follow=1&since=" + std::to_string(runs.sequence())), "text/event-stream");
    if (exchange) exchange_ = std::move(*exchange);
}

void RemoteRuns::take(RunMarks& runs) {
    if (!exchange_) return;
    const auto complete = exchange_->take(noting(runs));
    if (!complete || *complete) exchange_.reset();
}

}   // namespace talos::cli

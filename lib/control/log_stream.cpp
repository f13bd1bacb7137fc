#include "control/commands.hpp"
#include "daemon/file_series.hpp"

namespace talos::control {

namespace {

using std::chrono::steady_clock;

Answer conflict(std::string detail) {
    Problem problem;
    problem.status = 409;
    problem.code = "no-log";
    problem.detail = std::move(detail);
    return answer_of(problem);
}

Answer unreadable(const Failure& failure) {
    Problem problem;
    problem.status = 500;
    problem.code = "unreadable";
    problem.detail = failure.message();
    return answer_of(problem);
}

/// Whether the peer may still read on: rights may have changed, and the worker may be gone or log to another place.
bool goes_on(Exchange& exchange, const std::string& worker, const std::string& path) {
    const auto& host = exchange.host();
    return !exchange.peer().finishing() && host.access.may(exchange.peer().peer(), May::read, worker) && host.service.worker(worker) &&
           host.service.log_of(worker).path == path;
}

/// All there is by now. What a follower has no use for yet stays in the file, so it may take the time it likes.
Task pass_on(Exchange& exchange, daemon::FileSeries& series, bool follow) {
    auto& peer = exchange.peer();
    std::string bytes;
    for (;;) {
        bytes.clear();
        const auto got = series.read(bytes);
        if (!got) co_return false;   // an end without the stream's end says that something is missing
        if (*got == 0) co_return true;
        const auto opening = exchange.opening(bytes.size());
        Outgoing out;
        out.add(opening);
        out.add(bytes);
        out.add(exchange.closing());
        for (;;) {
            if (!peer.send_now(out)) co_return false;
            if (out.empty()) break;
            const auto patience_end = *peer.blocked_since() + exchange.host().limits.write;
            if (!follow && steady_clock::now() >= patience_end) co_return false;
            if (!co_await peer.pause(follow ? steady_clock::time_point::max() : patience_end)) co_return false;
            if (follow && peer.finishing()) co_return false;
        }
        if (!co_await peer.yield()) co_return false;
    }
}

Task follow_log(Exchange& exchange, daemon::FileSeries& series, const std::string& worker, const std::string& path) {
    auto& peer = exchange.peer();
    for (;;) {
        (void)peer.news();
        const bool last = !goes_on(exchange, worker, path);
        if (!co_await pass_on(exchange, series, true)) co_return false;
        if (last) co_return true;
        while (!peer.news())
            if (!co_await peer.pause(steady_clock::time_point::max())) co_return false;
    }
}

}  // namespace

Task stream_logs(Exchange& exchange, command::Logs command) {
    auto& peer = exchange.peer();
    auto& service = exchange.host().service;
    const std::vector<std::string> words{command.worker};
    const auto chosen = choose(exchange, words, May::read);
    Answer answer;
    if (const auto* problem = std::get_if<Problem>(&chosen)) {
        answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    const auto place = service.log_of(command.worker);
    if (place.path.empty()) {
        answer = conflict(place.why_not);
        co_return co_await exchange.send(std::move(answer));
    }
    daemon::FileSeries series(place.path);
    for (;;) {
        const auto there = series.seek_back(command.lines);
        if (!there) {
            answer = unreadable(there.error());
            co_return co_await exchange.send(std::move(answer));
        }
        if (*there) break;
        if (!co_await peer.yield()) co_return false;
    }
    if (!co_await exchange.begin("text/plain; charset=utf-8")) co_return false;
    if (exchange.is_head()) co_return true;
    if (!command.follow) {
        if (!co_await pass_on(exchange, series, false)) co_return false;
        co_return co_await exchange.end();
    }
    peer.limit_kernel_buffer();
    peer.occupy(Connection::Occupation::following);
    Board::Reader reader;
    reader.changed = [&peer] { peer.notify(); };
    reader.output = [&peer, &command](std::string_view worker) {
        if (worker == command.worker) peer.notify();
    };
    peer.listen(service.board(), std::move(reader));
    if (!co_await follow_log(exchange, series, command.worker, place.path)) co_return false;
    co_return co_await exchange.end();
}

}  // namespace talos::control

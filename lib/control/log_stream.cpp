#include "control/commands.hpp"
#include "daemon/log_line.hpp"
#include "daemon/log_search.hpp"
#include <algorithm>

namespace talos::control {

namespace {

using std::chrono::steady_clock;

Answer conflict(std::string code, std::string detail) {
    Problem problem;
    problem.status = 409;
    problem.code = std::move(code);
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

/// Of a group's name.
Problem one_by_one(const std::string& group, const std::vector<std::string>& names) {
    Problem problem;
    problem.status = 400;
    problem.code = "bad-parameter";
    problem.detail = group + " means " + std::to_string(names.size()) + " workers; logs are read one by one, such as that of ";
    problem.detail += names.front();
    return problem;
}

/// Whether the peer may still read on: rights may have changed, and the worker may be gone or log to another place.
bool goes_on(Exchange& exchange, const std::string& worker, const std::string& path) {
    const auto& host = exchange.host();
    const auto view = host.service.worker(worker);
    return !exchange.peer().finishing() && view && host.access.may(exchange.peer().peer(), May::read, {worker, view->status.group}) &&
           host.service.log_of(worker).path == path;
}

/// False when the peer has gone; a failure of the search is left in `failure`.
template <class Search>
Task find(Connection& peer, Search& search, daemon::LogReader& reader, std::optional<Failure>& failure) {
    for (;;) {
        const auto there = search.step(reader);
        if (!there) failure = there.error();
        if (!there || *there) co_return true;
        if (!co_await peer.yield()) co_return false;
    }
}

/// Where the lines that are wanted begin; `reader` is at the end at first.
Task find_begin(Connection& peer, const command::Logs& command, daemon::LogReader& reader, std::optional<Failure>& failure) {
    std::optional<daemon::LogReader> floor;
    if (command.since) {
        floor = reader;
        daemon::FirstWanted since([since = *command.since](std::string_view line) {
            const auto stamp = daemon::stamp_of(line);
            return stamp ? std::optional(*stamp >= since) : std::nullopt;
        });
        if (!co_await find(peer, since, *floor, failure)) co_return false;
        if (failure) co_return true;
    }
    if (command.lines) {
        daemon::LastLines last(*command.lines, std::move(floor));
        co_return co_await find(peer, last, reader, failure);
    }
    if (floor) reader = std::move(*floor);
    else reader = daemon::LogReader(reader.path(), daemon::LogReader::Pace::slices);
    co_return true;
}

/// All there is by now, for who does not follow up to `end`. What a follower has no use for yet stays in the file, so it may take the
/// time it likes.
Task pass_on(Exchange& exchange, daemon::LogReader& reader, const daemon::LogReader* end) {
    auto& peer = exchange.peer();
    const bool follow = end == nullptr;
    std::string bytes;
    for (;;) {
        if (end != nullptr && reader.is_behind(*end)) co_return true;
        bytes.clear();
        const auto got = reader.next(bytes);
        if (!got) co_return false;   // an end without the stream's end says that something is missing
        if (*got == 0 && !reader.pending()) co_return true;
        if (*got == 0) {
            if (!co_await peer.yield()) co_return false;
            continue;
        }
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

Task follow_log(Exchange& exchange, daemon::LogReader& reader, const std::string& worker, const std::string& path) {
    auto& peer = exchange.peer();
    for (;;) {
        (void)peer.news();
        const bool last = !goes_on(exchange, worker, path);
        if (!co_await pass_on(exchange, reader, nullptr)) co_return false;
        if (last) co_return true;
        while (!peer.news())
            if (!co_await peer.pause(steady_clock::time_point::max())) co_return false;
    }
}

/// What neither could read, each once.
std::vector<std::string> skipped_by(const daemon::LogReader& reader, const daemon::LogReader& end) {
    auto all = reader.skipped();
    for (const auto& sentence : end.skipped())
        if (std::find(all.begin(), all.end(), sentence) == all.end()) all.push_back(sentence);
    return all;
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
    const auto& names = std::get<0>(chosen);
    if (names.empty()) {
        answer = conflict("no-log", command.worker + " has no instances");
        co_return co_await exchange.send(std::move(answer));
    }
    if (names.size() != 1) {
        answer = answer_of(one_by_one(command.worker, names));
        co_return co_await exchange.send(std::move(answer));
    }
    command.worker = names.front();
    const auto place = service.log_of(command.worker);
    if (place.path.empty()) {
        answer = conflict("no-log", place.why_not);
        co_return co_await exchange.send(std::move(answer));
    }
    if (command.since && place.raw) {
        answer = conflict("no-times", command.worker + " keeps a raw log, whose lines have no times");
        co_return co_await exchange.send(std::move(answer));
    }
    auto reader = daemon::LogReader::at_end(place.path, daemon::LogReader::Pace::slices);
    std::optional<Failure> failure;
    if (!reader) failure = reader.error();
    const auto end = reader ? *reader : daemon::LogReader(place.path);
    if (reader && !co_await find_begin(peer, command, *reader, failure)) co_return false;
    if (failure) {
        answer = unreadable(*failure);
        co_return co_await exchange.send(std::move(answer));
    }
    if (!co_await exchange.begin("text/plain; charset=utf-8")) co_return false;
    if (exchange.is_head()) co_return true;
    if (!command.follow) {
        const bool passed = co_await pass_on(exchange, *reader, &end);
        auto skipped = skipped_by(*reader, end);
        for (const auto& sentence : skipped) service.left_out(sentence);
        if (!passed) co_return false;
        co_return co_await exchange.end_without(std::move(skipped));
    }
    peer.limit_kernel_buffer();
    peer.occupy(Connection::Occupation::following);
    Board::Reader news;
    news.changed = [&peer] { peer.notify(); };
    news.output = [&peer, &command](std::string_view worker) {
        if (worker == command.worker) peer.notify();
    };
    peer.listen(service.board(), std::move(news));
    for (const auto& sentence : skipped_by(*reader, end)) service.left_out(sentence);
    if (!co_await follow_log(exchange, *reader, command.worker, place.path)) co_return false;
    co_return co_await exchange.end();
}

}  // namespace talos::control

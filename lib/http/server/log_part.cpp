#include "http/server/log_part.hpp"
#include "logs/read/log_search.hpp"
#include <algorithm>

namespace talos::http {

namespace {

using std::chrono::steady_clock;

template <class Search>
Task find(Connection& peer, Search& search, logs::LogReader& reader, std::optional<Failure>& failure) {
    for (;;) {
        const auto there = search.step(reader);
        if (!there) failure = there.error();
        if (!there || *there) co_return true;
        if (!co_await peer.yield()) co_return false;
    }
}

Task find_time(Connection& peer, std::int64_t time, logs::LogReader& reader, std::optional<Failure>& failure) {
    auto search = logs::FirstWanted::stamped_from(time);
    co_return co_await find(peer, search, reader, failure);
}

}   // namespace

Answer conflict(std::string code, std::string detail) {
    Problem problem;
    problem.status = 409;
    problem.code = std::move(code);
    problem.detail = std::move(detail);
    return answer_of(problem);
}

Task find_part(Connection& peer, LogPart& part, api::LogRange range, std::optional<Failure>& failure) {
    auto end = logs::LogReader::at_end(part.path, logs::LogReader::Pace::slices);
    if (!end) {
        failure = end.error();
        co_return true;
    }
    part.end = std::move(*end);
    std::optional<logs::LogReader> floor;
    if (range.since) {
        floor = part.end;
        if (!co_await find_time(peer, *range.since, *floor, failure)) co_return false;
        if (failure) co_return true;
    }
    if (range.until) {
        if (!co_await find_time(peer, *range.until, part.end, failure)) co_return false;
        if (failure) co_return true;
    }
    if (range.lines) {
        part.begin = part.end;
        logs::LastLines last(*range.lines, std::move(floor));
        co_return co_await find(peer, last, part.begin, failure);
    }
    if (floor) part.begin = std::move(*floor);
    co_return true;
}

bool goes_on(Exchange& exchange, const LogPart& part) {
    const auto& host = exchange.host();
    const auto view = host.service.worker(part.worker);
    return !exchange.peer().finishing() && view &&
           host.access.may(exchange.peer().peer(), May::read, {part.worker, view->status.group}) &&
           host.service.log_of(part.worker).path == part.path;
}

Task pass_bytes(Exchange& exchange, std::string_view bytes, bool follows) {
    auto& peer = exchange.peer();
    const auto opening = exchange.opening(bytes.size());
    Outgoing out;
    out.add(opening);
    out.add(bytes);
    out.add(exchange.closing());
    for (;;) {
        if (!peer.send_now(out)) co_return false;
        if (out.empty()) break;
        const auto patience_end = *peer.blocked_since() + exchange.host().limits.write;
        if (!follows && steady_clock::now() >= patience_end) co_return false;
        if (!co_await peer.pause(follows ? steady_clock::time_point::max() : patience_end)) co_return false;
        if (follows && peer.finishing()) co_return false;
    }
    co_return co_await peer.yield();
}

std::vector<std::string> skipped_by(const logs::LogReader& reader, const logs::LogReader& end) {
    auto all = reader.skipped();
    for (const auto& sentence : end.skipped())
        if (std::find(all.begin(), all.end(), sentence) == all.end()) all.push_back(sentence);
    return all;
}

}   // namespace talos::http

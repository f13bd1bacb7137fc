#include "http/server/log_part.hpp"
#include <algorithm>
#include <variant>

namespace talos::http {

namespace {

Answer unreadable(const Failure& failure) {
    Problem problem;
    problem.status = 500;
    problem.code = "unreadable";
    problem.detail = failure.message();
    return answer_of(problem);
}

/// Sends everything available, up to `end` unless the peer follows. What a follower cannot use yet stays in the file.
Task pass_on(Exchange& exchange, logs::LogReader& reader, const logs::LogReader* end) {
    std::string bytes;
    for (;;) {
        if (end != nullptr && reader.is_behind(*end)) co_return true;
        bytes.clear();
        const auto got = reader.next(bytes);
        if (!got) co_return false;   // closing without the end of the stream tells the peer that data is missing
        if (end != nullptr) bytes.resize(bytes.size() - std::min(bytes.size(), reader.stop_at(*end)));
        if (bytes.empty() && !reader.pending()) co_return true;
        if (bytes.empty()) {
            if (!co_await exchange.peer().yield()) co_return false;
            continue;
        }
        if (!co_await pass_bytes(exchange, bytes, end == nullptr)) co_return false;
    }
}

Task follow_log(Exchange& exchange, LogPart& part) {
    auto& peer = exchange.peer();
    for (;;) {
        if (!co_await peer.take_turn()) co_return false;
        (void)peer.take_notification();
        const bool last = !goes_on(exchange, part);
        if (!co_await pass_on(exchange, part.begin, nullptr)) co_return false;
        if (last) co_return true;
        while (!peer.take_notification())
            if (!co_await peer.pause(std::chrono::steady_clock::time_point::max())) co_return false;
    }
}

Task stream_one_log(Exchange& exchange, LogPart part, bool follow) {
    auto& peer = exchange.peer();
    auto& service = exchange.host().service;
    if (!follow) {
        const bool passed = co_await pass_on(exchange, part.begin, &part.end);
        auto skipped = skipped_by(part.begin, part.end);
        for (const auto& sentence : skipped) service.left_out(sentence);
        if (!passed) co_return false;
        co_return co_await exchange.end_without(std::move(skipped));
    }
    peer.limit_kernel_buffer();
    peer.occupy(Connection::Occupation::following);
    api::EventBus::Reader reader;
    reader.changed = [&peer] { peer.notify(); };
    reader.output = [&peer, &part](std::string_view worker) {
        if (worker == part.worker) peer.notify();
    };
    peer.listen(service.event_bus(), std::move(reader));
    for (const auto& sentence : skipped_by(part.begin, part.end)) service.left_out(sentence);
    const bool followed = co_await follow_log(exchange, part);
    peer.stop_listening();   // before the objects that it listens for are destroyed
    if (!followed) co_return false;
    co_return co_await exchange.end();
}

/// The range given for the word that selects the worker.
const api::LogRange& range_for(const api::command::Logs& command, const api::Service& service, const std::string& name) {
    if (command.ranges.size() == 1) return command.ranges.front();
    auto word = std::find(command.words.begin(), command.words.end(), name);
    if (word == command.words.end()) {
        const auto view = service.worker(name);
        if (view) word = std::find(command.words.begin(), command.words.end(), view->status.group);
    }
    return word == command.words.end() ? command.ranges.front()
                                       : command.ranges[static_cast<std::size_t>(word - command.words.begin())];
}

/// The selected logs, otherwise why there is nothing to read. Of several workers, those without a log are skipped.
std::variant<std::vector<LogPart>, Answer> parts_of(Exchange& exchange, const api::command::Logs& command) {
    const auto chosen = choose(exchange, command.words, May::read);
    if (const auto* problem = std::get_if<Problem>(&chosen)) return answer_of(*problem);
    const auto& service = exchange.host().service;
    std::vector<LogPart> parts;
    std::string why_not;
    for (const auto& name : std::get<0>(chosen)) {
        auto place = service.log_of(name);
        if (place.path.empty()) {
            why_not = std::move(place.why_not);
            continue;
        }
        const auto& range = range_for(command, service, name);
        if (place.raw && (range.since || range.until))
            return conflict("no-times", name + " has a raw log, whose lines have no timestamps");
        parts.emplace_back(name, std::move(place.path));
    }
    if (!parts.empty()) return parts;
    const auto none = why_not.empty() ? command.words.front() + " has no instances" : why_not;
    return conflict("no-log", std::get<0>(chosen).size() > 1 ? "none of these workers has a log" : none);
}

}   // namespace

Task stream_logs(Exchange& exchange, api::command::Logs command) {
    auto meant = parts_of(exchange, command);
    if (auto* answer = std::get_if<Answer>(&meant)) co_return co_await exchange.send(std::move(*answer));
    auto parts = std::move(std::get<0>(meant));
    const bool one = command.one && parts.size() == 1;
    if (const auto problem = command.follow && !one ? too_many(exchange, parts.size()) : std::nullopt) {
        auto answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    if (const auto problem = command.follow ? too_many_streams(exchange) : std::nullopt) {
        auto answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    std::optional<Failure> failure;
    for (auto& part : parts) {
        if (!co_await exchange.peer().take_turn()) co_return false;
        exchange.begin_work();   // the wait does not count as work
        const auto range = range_for(command, exchange.host().service, part.worker);
        if (!co_await find_part(exchange.peer(), part, range, failure)) co_return false;
        if (!failure) continue;
        auto answer = unreadable(*failure);
        co_return co_await exchange.send(std::move(answer));
    }
    if (!co_await exchange.begin("text/plain; charset=utf-8")) co_return false;
    if (exchange.is_head()) co_return true;
    if (one) co_return co_await stream_one_log(exchange, std::move(parts.front()), command.follow);
    co_return co_await stream_many_logs(exchange, std::move(parts), command.follow);
}

}   // namespace talos::http

#include "http/server/log_part.hpp"
#include "logs/read/whole_lines.hpp"
#include <unordered_map>

namespace talos::http {

namespace {

void append_named(const std::string& worker, std::string_view lines, std::string& out) {
    while (!lines.empty()) {
        const auto length = lines.find('\n') + 1;
        out.append(worker).append(" ").append(lines.substr(0, length));
        lines.remove_prefix(length);
    }
}

struct Source {
    Source(LogPart its_part, bool follows)
        : part(std::move(its_part)), lines(part.begin, follows ? std::nullopt : std::optional(part.end)) {}
    LogPart part;
    logs::WholeLines lines;
    bool touched = true;   // there may be new lines
    bool over = false;
};

/// The logs of one answer. The event bus marks each log with new lines, so a silent log costs nothing.
class ManyLogs {
public:
    ManyLogs(Exchange& exchange, std::vector<LogPart> parts, bool follow) : exchange_(exchange), follow_(follow) {
        sources_.reserve(parts.size());
        for (auto& part : parts) sources_.emplace_back(std::move(part), follow);
        for (std::size_t i = 0; i < sources_.size(); ++i) by_worker_.emplace(sources_[i].part.worker, i);
    }

    [[nodiscard]] Task pass_all();
    [[nodiscard]] Task follow();
    [[nodiscard]] std::vector<std::string> skipped() const;

private:
    void listen();
    [[nodiscard]] Task pass_on(Source& source, bool last);

    Exchange& exchange_;
    bool follow_;
    std::vector<Source> sources_;
    std::unordered_map<std::string_view, std::size_t> by_worker_;
    bool changed_ = true;   // a worker changed: check rights and paths again
};

/// Sends everything available; with `last` also the unfinished line.
Task ManyLogs::pass_on(Source& source, bool last) {
    std::string lines;
    std::string named;
    for (bool unfinished = false;;) {
        const auto got = unfinished ? source.lines.take_unfinished(lines) : source.lines.next(lines);
        if (!got) co_return false;   // closing without the end of the stream tells the peer that data is missing
        if (!*got && source.lines.reader().pending()) {
            if (!co_await exchange_.peer().yield()) co_return false;
            continue;
        }
        if (!*got && (unfinished || !last)) co_return true;
        unfinished = !*got;
        if (unfinished) continue;
        named.clear();
        append_named(source.part.worker, lines, named);
        if (!co_await pass_bytes(exchange_, named, follow_)) co_return false;
    }
}

Task ManyLogs::pass_all() {
    for (auto& source : sources_)
        if (!co_await pass_on(source, true)) co_return false;
    co_return true;
}

void ManyLogs::listen() {
    auto& peer = exchange_.peer();
    peer.limit_kernel_buffer();
    peer.occupy(Connection::Occupation::following);
    api::EventBus::Reader reader;
    reader.changed = [this, &peer] {
        changed_ = true;
        peer.notify();
    };
    reader.output = [this, &peer](std::string_view worker) {
        const auto found = by_worker_.find(worker);
        if (found == by_worker_.end()) return;
        sources_[found->second].touched = true;
        peer.notify();
    };
    peer.listen(exchange_.host().service.event_bus(), std::move(reader));
}

Task ManyLogs::follow() {
    auto& peer = exchange_.peer();
    listen();
    peer.count_logs(sources_.size());
    for (;;) {
        if (!co_await peer.take_turn()) co_return false;
        (void)peer.take_notification();
        const bool check = std::exchange(changed_, false);
        std::size_t open = 0;
        for (auto& source : sources_) {
            if (source.over) continue;
            const bool last = check && !goes_on(exchange_, source.part);
            if (std::exchange(source.touched, false) || last)
                if (!co_await pass_on(source, last)) co_return false;
            if (!last) {
                ++open;
                continue;
            }
            source.over = true;
            if (peer.finishing()) continue;   // talosd is ending, not the log
            const auto name = source.part.worker + "\n";
            if (!co_await pass_bytes(exchange_, name, true)) co_return false;
        }
        if (open == 0) co_return true;
        while (!peer.take_notification())
            if (!co_await peer.pause(std::chrono::steady_clock::time_point::max())) co_return false;
    }
}

std::vector<std::string> ManyLogs::skipped() const {
    std::vector<std::string> all;
    for (const auto& source : sources_)
        for (auto& sentence : skipped_by(source.lines.reader(), source.part.end)) all.push_back(std::move(sentence));
    return all;
}

}   // namespace

std::optional<Problem> too_many(Exchange& exchange, std::size_t logs) {
    const auto& host = exchange.host();
    Problem problem;
    if (logs > host.limits.logs_of_a_request) {
        problem.code = "bad-parameter";
        problem.detail = "follow: the request names " + std::to_string(logs) + " logs; one request follows at most " +
                         std::to_string(host.limits.logs_of_a_request);
        return problem;
    }
    if (host.has_room_for_logs(exchange.peer().peer(), logs)) return std::nullopt;
    problem.status = 429;
    problem.code = "too-many-logs";
    problem.detail = "users other than the owner of talosd and root have reached the limit of followed logs; name fewer workers";
    return problem;
}

Task stream_many_logs(Exchange& exchange, std::vector<LogPart> parts, bool follow) {
    auto& peer = exchange.peer();
    ManyLogs logs(exchange, std::move(parts), follow);
    if (follow) {
        for (const auto& sentence : logs.skipped()) exchange.host().service.left_out(sentence);
        const bool followed = co_await logs.follow();
        peer.stop_listening();   // before the objects that it listens for are destroyed
        if (!followed) co_return false;
        co_return co_await exchange.end();
    }
    if (!co_await logs.pass_all()) co_return false;
    auto skipped = logs.skipped();
    for (const auto& sentence : skipped) exchange.host().service.left_out(sentence);
    co_return co_await exchange.end_without(std::move(skipped));
}

}   // namespace talos::http

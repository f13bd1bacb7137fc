#include "api/select.hpp"
#include "http/server/commands.hpp"
#include "logs/read/log_search.hpp"
#include "state/json_text.hpp"
#include <algorithm>
#include <vector>

namespace talos::http {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t most_messages = 64;   // maximum number of messages per write
constexpr std::size_t most_bytes = 64u << 10;

/// Position of one peer in the history. Lines come from the journal file while the peer is behind, then from the feed. No line is
/// missed in between: the position is the sequence number, and the stream returns to the file whenever the feed begins too late.
class EventStream {
public:
    EventStream(Exchange& exchange, const api::command::Events& wanted)
        : exchange_(exchange), peer_(exchange.peer()), service_(exchange.host().service), limits_(exchange.host().limits),
          wanted_(wanted), workers_(wanted.workers, service_.worker(wanted.workers).has_value()) {}

    [[nodiscard]] Task run();

private:
    void begin();
    [[nodiscard]] bool is_covered() const;
    [[nodiscard]] bool goes_on() const;
    [[nodiscard]] Task catch_up();
    [[nodiscard]] Task read_history();
    [[nodiscard]] Task pass_on();
    [[nodiscard]] Task send(Outgoing out);
    [[nodiscard]] Task send_text(std::string_view text);
    void take_lines(std::string& bytes, std::string& text);
    void say_what_is_lost(std::string& text, std::uint64_t next);
    [[nodiscard]] std::optional<SteadyTime> end_of_patience();
    void drop(Outgoing& out);

    Exchange& exchange_;
    Connection& peer_;
    api::Service& service_;
    const Limits& limits_;
    const api::command::Events& wanted_;
    api::HistoryOf workers_;
    std::uint64_t last_ = 0;     // passed on or filtered out
    std::uint64_t target_ = 0;   // last sequence for a peer that does not follow
    bool gapless_ = false;       // report lines that are missing after `last_`
    bool was_live_ = false;
    std::optional<SteadyTime> behind_since_;
};

void EventStream::begin() {
    service_.write_down();   // the history is read from the journal file
    target_ = service_.head().sequence;
    if (wanted_.since) {
        last_ = *wanted_.since;
        gapless_ = true;
    } else if (wanted_.follow) {
        last_ = target_;
        gapless_ = true;
    }
    if (!wanted_.follow) return;
    peer_.limit_kernel_buffer();
    peer_.occupy(Connection::Occupation::following);
    api::EventBus::Reader reader;
    reader.event = [peer = &peer_](std::uint64_t, std::string_view) { peer->notify(); };
    peer_.listen(service_.event_bus(), std::move(reader), exchange_.host().event_feed());
}

Task EventStream::run() {
    if (exchange_.is_head()) co_return co_await exchange_.begin("text/event-stream");
    if (!co_await peer_.take_turn()) co_return false;
    exchange_.begin_work();   // the wait does not count as work
    begin();
    if (!co_await exchange_.begin("text/event-stream")) co_return false;
    std::string text = ": talosd's history";
    if (last_ > target_) {   // from another history: the numbers restart when the file was removed
        text += ", which ends at event ";
        state::append_number(text, target_);
        last_ = target_;
    }
    text += "\n\n";
    if (!co_await send_text(text)) co_return false;
    for (;;) {
        if (!co_await peer_.take_turn()) co_return false;
        (void)peer_.take_notification();
        if (!co_await catch_up()) co_return false;
        if (!wanted_.follow) break;
        if (!co_await pass_on()) co_return false;
        if (!goes_on()) break;
        while (!peer_.take_notification())
            if (!co_await peer_.pause(steady_clock::time_point::max())) co_return false;
    }
    co_return co_await exchange_.end();
}

bool EventStream::goes_on() const { return !peer_.finishing() && exchange_.host().access.may(peer_.peer(), May::read); }

/// No line after `last_` needs to be read from the file.
bool EventStream::is_covered() const {
    if (!wanted_.follow) return last_ >= target_;
    const auto* feed = peer_.feed();
    if (feed != nullptr && !feed->messages().empty()) return feed->messages().front()->sequence <= last_ + 1;
    return service_.head().sequence <= last_;
}

Task EventStream::catch_up() {
    while (!is_covered()) {
        service_.write_down();
        if (wanted_.follow) target_ = service_.head().sequence;
        if (!co_await read_history()) co_return false;
        if (last_ < target_) {   // the lines are not in the file either: it could not be written or was removed
            std::string text;
            say_what_is_lost(text, target_ + 1);
            last_ = target_;
            if (!co_await send_text(text)) co_return false;
        }
    }
    co_return true;
}

Task EventStream::read_history() {
    auto reader = logs::LogReader::at_end(service_.journal_path());
    if (!reader) co_return true;
    logs::FirstWanted search([last = last_](std::string_view line) { return api::sequence_of(line) > last; });
    for (;;) {
        const auto there = search.step(*reader);
        if (!there) co_return true;
        if (*there) break;
        if (!co_await peer_.yield()) co_return false;
    }
    std::string bytes;
    std::string text;
    unsigned generation = reader->generation();
    while (last_ < target_) {
        const auto got = reader->next(bytes);
        if (!got || *got == 0) break;
        // A partial line at the end of a file was never completed; the next file begins with a new line.
        if (std::exchange(generation, reader->generation()) != reader->generation()) bytes.erase(0, bytes.size() - *got);
        text.clear();
        take_lines(bytes, text);
        if (!co_await send_text(text)) co_return false;
        if (!co_await peer_.yield()) co_return false;
    }
    co_return true;
}

/// Converts complete lines to messages; a partial line stays in `bytes`.
void EventStream::take_lines(std::string& bytes, std::string& text) {
    std::string_view remaining = bytes;
    for (auto end = remaining.find('\n'); end != std::string_view::npos; end = remaining.find('\n')) {
        const auto line = remaining.substr(0, end);
        remaining.remove_prefix(end + 1);
        const auto key = api::key_of(line);
        if (key.sequence <= last_ || key.sequence > target_) continue;
        say_what_is_lost(text, key.first);
        last_ = key.sequence;
        if (workers_.wants(key.worker)) api::append_message(text, key.sequence, line);
    }
    bytes.erase(0, bytes.size() - remaining.size());
}

void EventStream::say_what_is_lost(std::string& text, std::uint64_t next) {
    if (std::exchange(gapless_, true) && next > last_ + 1) {
        text += ": events ";
        state::append_number(text, last_ + 1);
        text += " to ";
        state::append_number(text, next - 1);
        text += " are no longer kept\n\n";
    }
}

Task EventStream::pass_on() {
    std::vector<api::EventFeed::Message> batch;
    while (peer_.feed() != nullptr && is_covered()) {
        batch.clear();
        std::size_t bytes = 0;
        const auto& messages = peer_.feed()->messages();
        auto next = std::partition_point(messages.begin(), messages.end(),
                                         [&](const auto& message) { return message->sequence <= last_; });
        const bool none = next == messages.end();
        for (; next != messages.end() && batch.size() < most_messages && bytes < most_bytes; ++next) {
            last_ = (*next)->sequence;
            if (!workers_.wants((*next)->worker)) continue;
            batch.push_back(*next);
            bytes += (*next)->text.size();
        }
        if (none) {
            was_live_ = true;
            behind_since_.reset();
            break;
        }
        if (batch.empty()) continue;
        const auto opening = exchange_.opening(bytes);
        Outgoing out;
        out.add(opening);
        for (const auto& message : batch) out.add(message->text);
        out.add(exchange_.closing());
        if (!co_await send(std::move(out))) co_return false;
        if (!co_await peer_.take_turn()) co_return false;
    }
    co_return true;
}

Task EventStream::send_text(std::string_view text) {
    if (text.empty()) co_return true;
    const auto opening = exchange_.opening(text.size());
    Outgoing out;
    out.add(opening);
    out.add(text);
    out.add(exchange_.closing());
    co_return co_await send(std::move(out));
}

/// A peer that reads the history must make progress. A follower may pause while the feed still has its next line, and once more
/// for as long.
std::optional<SteadyTime> EventStream::end_of_patience() {
    if (!was_live_) {
        const auto blocked = peer_.blocked_since();
        return blocked ? std::optional(*blocked + limits_.write) : std::nullopt;
    }
    if (is_covered()) {
        behind_since_.reset();
        return std::nullopt;
    }
    if (!behind_since_) behind_since_ = steady_clock::now();
    return *behind_since_ + limits_.write;
}

Task EventStream::send(Outgoing out) {
    for (;;) {
        if (!peer_.send_now(out)) co_return false;
        const auto end = end_of_patience();
        if (end && steady_clock::now() >= *end) {
            drop(out);
            co_return false;
        }
        if (out.empty()) co_return true;
        if (!co_await peer_.pause(end.value_or(steady_clock::time_point::max()))) co_return false;
        if (peer_.finishing()) {   // peers that do not read get no more time
            (void)peer_.send_now(out);
            co_return false;
        }
    }
}

/// The final message fits into the kernel's buffer, so a peer that reads slowly still receives it.
void EventStream::drop(Outgoing& out) {
    std::string reason = "event: dropped\ndata: {\"reason\":\"more than ";
    state::append_number(reason, limits_.follower_bytes);
    reason += " bytes were waiting, and were not read in time\"}\n\n";
    const auto opening = exchange_.opening(reason.size());
    out.add(opening);
    out.add(reason);
    out.add(exchange_.closing());
    out.add(exchange_.ending());
    peer_.extend_kernel_buffer();
    (void)peer_.send_now(out);
}

}   // namespace

Task stream_events(Exchange& exchange, api::command::Events command) {
    if (const auto problem = forbidden(exchange, May::read)) {
        auto answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    if (const auto problem = command.follow ? too_many_streams(exchange) : std::nullopt) {
        auto answer = answer_of(*problem);
        co_return co_await exchange.send(std::move(answer));
    }
    EventStream stream(exchange, command);
    co_return co_await stream.run();
}

}   // namespace talos::http

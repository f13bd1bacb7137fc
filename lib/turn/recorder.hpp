#pragma once
#include "aio/timer.hpp"
#include "api/event_bus.hpp"
#include "api/metrics.hpp"
#include "state/journal.hpp"
#include "state/status_document.hpp"
#include "turn/observer.hpp"
#include <functional>
#include <string>
#include <utility>

namespace talos::turn {

/// Writes down what happens: events.jsonl at the end of each turn, status.json once for all transitions of the turn, late by at
/// most 10 times the last write's cost (and 250 ms), so that thousands of workers do not drown in it. A write that fails is
/// reported once, tried again every second and never stops anything.
class Recorder {
public:
    /// Calls its argument with each worker's row, in order. The row may be reused between calls.
    using Rows = std::function<Result<>(const std::function<Result<>(const state::WorkerStatus&)>&)>;

    /// Replaces the document.
    using WriteStatus = std::function<Result<>(const state::StatusHead& head, const Rows& rows)>;
    /// In a file, atomically.
    [[nodiscard]] static WriteStatus status_in(posix::Location path);

    Recorder(const aio::Executor& executor, state::Journal journal, WriteStatus write, state::StatusHead head,
             Observer& observer);

    /// Whoever reads the board is told each line of the history as it is written.
    void tell(api::EventBus& event_bus) { event_bus_ = &event_bus; }

    void set_rows(Rows rows) { rows_ = std::move(rows); }

    void transition(const Record& record);
    /// A command that changed no state; about talosd itself when `worker` is empty.
    void command(std::string_view worker, std::string_view cause, const state::Requester* by, pid_t pid, std::string_view reason,
                 std::optional<state::ReasonCode> reason_code = {});
    /// The worker is no longer there, because of a `reload` or of `scale`.
    void removed(std::string_view worker, worker::State from, std::string_view cause);
    /// A line about talosd itself, and its new state in the document.
    void daemon_state(state::DaemonState to, std::string_view cause, std::string_view reason = {},
                      const state::Requester* by = nullptr);
    /// The end of talosd, which is no state of a document.
    void daemon_ended(std::string_view reason);
    void set_stop_timeout(Millis timeout) { head_.stop_timeout = timeout; }
    void set_empty_groups(std::vector<std::string> names) { head_.empty_groups = std::move(names); }
    void set_saved_scales(std::vector<state::SavedScale> scales) {
        head_.saved_scales = std::move(scales);
        changed();
    }
    void set_unowned(const std::vector<state::UnownedProcess>& unowned) {
        head_.unowned = unowned;
        changed();
    }

    /// status.json is no longer true.
    void changed() { dirty_ = news_ = true; }
    /// Whether anything changed since this was last asked.
    [[nodiscard]] bool take_news() { return std::exchange(news_, false); }
    /// Journal first, then the document, unless it may lag a little.
    void end_of_turn();
    /// Now, whatever it costs; for the first document, without which nothing is started.
    [[nodiscard]] Result<> write_status();
    /// Both files now: what a command's answer says must stand in them.
    void write_down();
    void reopen() { journal_.reopen(); }

    [[nodiscard]] const state::StatusHead& head() const { return head_; }
    [[nodiscard]] const api::Histogram& write_costs() const { return write_costs_; }
    [[nodiscard]] std::uint64_t write_failures() const { return write_failures_; }

private:
    void append(const state::JournalEntry& entry);
    void flush_journal();
    void write_or_retry();
    void write_later(std::chrono::steady_clock::duration delay);
    void report(std::string& reported, const Result<>& result, std::string_view what);

    state::Journal journal_;
    WriteStatus write_;
    state::StatusHead head_;
    Observer& observer_;
    Rows rows_;
    aio::Timer timer_;
    api::EventBus* event_bus_ = nullptr;
    api::Histogram write_costs_;
    std::uint64_t write_failures_ = 0;
    bool dirty_ = true;
    bool news_ = true;
    bool timer_set_ = false;
    bool first_state_ = true;
    std::chrono::steady_clock::duration cost_{};
    SteadyTime last_write_{};
    std::string journal_trouble_;
    std::string status_trouble_;
};

}   // namespace talos::turn

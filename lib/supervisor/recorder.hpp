#pragma once
#include "aio/types.hpp"
#include "daemon/journal.hpp"
#include "daemon/status_document.hpp"
#include "supervisor/observer.hpp"
#include <functional>
#include <string>

namespace talos::supervisor {

/// Writes down what happens: events.jsonl at the end of each turn, status.json once for all transitions of the turn, late by at
/// most 10 times the last write's cost (and 250 ms), so that thousands of workers do not drown in it. A write that fails is
/// reported once, tried again every second and never stops anything.
class Recorder {
public:
    /// Calls its argument with each worker's row, in order. The row may be reused between calls.
    using Rows = std::function<Result<>(const std::function<Result<>(const daemon::WorkerStatus&)>&)>;

    Recorder(const aio::Executor& executor, daemon::Journal journal, std::string status_path, daemon::StatusHead head,
             Observer& observer);

    void set_rows(Rows rows) { rows_ = std::move(rows); }

    void transition(const Record& record);
    /// A line about talosd itself, and its new state in the document.
    void daemon_state(daemon::DaemonState to, std::string_view cause, std::string_view reason = {});
    /// The end of talosd, which is no state of a document.
    void daemon_ended(std::string_view reason);
    void set_stop_timeout(Millis timeout) { head_.stop_timeout = timeout; }

    /// status.json is no longer true.
    void changed() { dirty_ = true; }
    /// Journal first, then the document, unless it may lag a little.
    void end_of_turn();
    /// Now, whatever it costs; for the first document, without which nothing is started.
    [[nodiscard]] Result<> write_status();
    void reopen() { journal_.reopen(); }

    [[nodiscard]] const daemon::StatusHead& head() const { return head_; }

private:
    void flush_journal();
    void write_or_retry();
    void write_later(std::chrono::steady_clock::duration delay);
    void report(std::string& reported, const Result<>& result, std::string_view what);

    daemon::Journal journal_;
    std::string status_path_;
    daemon::StatusHead head_;
    Observer& observer_;
    Rows rows_;
    aio::Timer timer_;
    bool dirty_ = true;
    bool timer_set_ = false;
    bool first_state_ = true;
    std::chrono::steady_clock::duration cost_{};
    SteadyTime last_write_{};
    std::string journal_trouble_;
    std::string status_trouble_;
};

}  // namespace talos::supervisor

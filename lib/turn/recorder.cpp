#include "turn/recorder.hpp"

#include <algorithm>

namespace talos::turn {

namespace {

constexpr auto longest_lag = std::chrono::milliseconds{250};
constexpr auto retry_after = std::chrono::seconds{1};

}   // namespace

Recorder::WriteStatus Recorder::status_in(posix::Location path) {
    return [path = std::move(path)](const state::StatusHead& head, const Rows& rows) -> Result<> {
        auto writer = state::StatusWriter::create(path, head);
        if (!writer) return writer.error();
        if (rows) {
            if (auto added = rows([&](const state::WorkerStatus& row) { return writer->add(row); }); !added) return added;
        }
        return writer->commit();
    };
}

Recorder::Recorder(const aio::Executor& executor, state::Journal journal, WriteStatus write, state::StatusHead head,
                   Observer& observer)
    : journal_(std::move(journal)), write_(std::move(write)), head_(std::move(head)), observer_(observer), timer_(executor) {
    head_.sequence = journal_.last_sequence();
}

void Recorder::transition(const Record& record) {
    state::JournalEntry entry;
    entry.at = record.at;
    entry.worker = record.name;
    entry.from = worker::to_text(record.from);
    entry.to = worker::to_text(record.to);
    entry.cause = record.cause;
    entry.pid = record.pid;
    entry.start_ticks = record.start_ticks;
    entry.exit = record.exit;
    entry.sent = record.sent;
    entry.reason = record.reason;
    entry.reason_code = record.reason_code;
    entry.by = record.by;
    entry.tail = record.tail;
    append(entry);
    observer_.transition(record);
}

void Recorder::append(const state::JournalEntry& entry) {
    head_.sequence = journal_.append(entry);
    dirty_ = news_ = true;
    if (event_bus_ != nullptr && event_bus_->read()) event_bus_->event(head_.sequence, journal_.last_line());
}

void Recorder::command(std::string_view worker, std::string_view cause, const state::Requester* by, pid_t pid,
                       std::string_view reason, std::optional<state::ReasonCode> reason_code) {
    state::JournalEntry entry;
    entry.at = stamp_now().wall;
    entry.worker = worker;
    entry.cause = cause;
    entry.pid = pid;
    entry.reason = reason;
    entry.reason_code = reason_code;
    entry.by = by;
    append(entry);
}

void Recorder::removed(std::string_view worker, worker::State from, std::string_view cause) {
    state::JournalEntry entry;
    entry.at = stamp_now().wall;
    entry.worker = worker;
    entry.from = worker::to_text(from);
    entry.cause = cause;
    entry.reason = cause == "scale" ? "fewer instances are wanted" : "no longer in the config";
    append(entry);
}

void Recorder::daemon_state(state::DaemonState to, std::string_view cause, std::string_view reason, const state::Requester* by) {
    state::JournalEntry entry;
    entry.at = stamp_now().wall;
    entry.from = first_state_ ? std::string_view{} : to_text(head_.state);
    entry.to = to_text(to);
    entry.cause = cause;
    entry.pid = head_.identity.pid;
    entry.reason = reason;
    entry.by = by;
    append(entry);
    head_.state = to;
    first_state_ = false;
}

void Recorder::daemon_ended(std::string_view reason) {
    state::JournalEntry entry;
    entry.at = stamp_now().wall;
    entry.from = to_text(head_.state);
    entry.cause = "end";
    entry.pid = head_.identity.pid;
    entry.reason = reason;
    append(entry);
    flush_journal();
}

void Recorder::end_of_turn() {
    flush_journal();
    if (!dirty_ || timer_set_) return;
    const auto due = last_write_ + std::min<std::chrono::steady_clock::duration>(10 * cost_, longest_lag);
    const auto now = Clock::now();
    if (now >= due) write_or_retry();
    else write_later(due - now);
}

Result<> Recorder::write_status() {
    const auto begin = Clock::now();
    head_.updated_at = stamp_now().wall;
    if (auto done = write_(head_, rows_); !done) return done;
    dirty_ = false;
    last_write_ = Clock::now();
    cost_ = last_write_ - begin;
    write_costs_.observe(cost_);
    return {};
}

void Recorder::write_or_retry() {
    const auto result = write_status();
    report(status_trouble_, result, "status.json");
    if (result) return;
    ++write_failures_;
    write_later(retry_after);
}

void Recorder::write_down() {
    flush_journal();
    if (dirty_) write_or_retry();
}

void Recorder::flush_journal() {
    if (!journal_.pending()) return;
    const auto result = journal_.flush();
    report(journal_trouble_, result, "events.jsonl");
    if (!result) write_later(retry_after);
}

void Recorder::write_later(std::chrono::steady_clock::duration delay) {
    if (timer_set_) return;
    timer_set_ = true;
    timer_.expires_after(delay);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        timer_set_ = false;
        flush_journal();
        if (dirty_) write_or_retry();
    });
}

void Recorder::report(std::string& reported, const Result<>& result, std::string_view what) {
    if (result) {
        if (!reported.empty()) observer_.message(Level::info, std::string(what) + " can be written again");
        reported.clear();
        return;
    }
    const std::string trouble = result.error().message();
    if (trouble == reported) return;
    reported = trouble;
    observer_.message(Level::error, std::string(what) + " cannot be written, workers go on: " + trouble);
}

}   // namespace talos::turn

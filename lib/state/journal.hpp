#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include "posix/files/own_directory.hpp"
#include "state/requester.hpp"
#include "worker/worker.hpp"
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

/// events.jsonl: the history, one JSON object a line:
/// `{"sequence", "at", "worker", "from", "to", "cause", "by", "pid", "startTicks", "exit", "sent", "usage", "reason", "tail"}`; absent where
/// unknown. A command that changed no state and a change of health alone have neither `from` nor `to`. `by` is who gave it:
/// {"uid", "pid", "program"}. `tail` are the last lines that the worker wrote, with an exit that nobody asked for.
/// An exit and the transition it causes are one line. Lines about talosd itself have no `worker`; their `from`/`to` are its states
/// (`from` is absent for its start, `to` for its end). `exit` has the shape of status.json's lastExit; `usage` is
/// {"userMs", "systemMs", "maxRssKiB"}. Rotated: 10 MiB, keep 3.
namespace talos::state {

struct JournalEntry {
    WallTime at{};
    std::string_view worker;   ///< empty: about talosd itself
    std::string_view from;
    std::string_view to;
    std::string_view cause;
    pid_t pid = 0;                   ///< 0: absent
    std::uint64_t start_ticks = 0;   ///< of a process that was just spawned; 0: absent
    const worker::LastExit* exit = nullptr;
    std::string_view reason;
    const Requester* by = nullptr;   ///< who gave the command, or sent talosd the signal
    bool sent = false;               ///< talosd sent the signal that ended it, by its stop plan
    const std::vector<std::string>* tail = nullptr;
};

/// Where the lines go. As RotatingFile has it.
class JournalFile {
public:
    JournalFile() = default;
    JournalFile(const JournalFile&) = delete;
    JournalFile& operator=(const JournalFile&) = delete;
    virtual ~JournalFile() = default;
    /// `written`: how many bytes, whole lines, on a failure as well.
    [[nodiscard]] virtual Result<> write(std::string_view lines, std::size_t& written) = 0;
    virtual void close() = 0;
};

class Journal {
public:
    /// Opens or creates the file, cuts off a torn last line, and continues the sequence (from the newest old file when the
    /// current one is empty). Lines that are not JSON are skipped when looking for the last sequence.
    [[nodiscard]] static Result<Journal> open(const posix::Location& path);

    /// Continues after line `sequence` of `file`.
    Journal(std::unique_ptr<JournalFile> file, std::uint64_t sequence) : file_(std::move(file)), sequence_(sequence) {}

    /// Queues one line under the next sequence, which it returns.
    std::uint64_t append(const JournalEntry& entry);

    /// Writes what is queued. On a failure it stays queued, at most 1 MiB of it: past that the oldest lines are dropped, and one
    /// line `{"cause": "lost", "first", "last"}` under the last lost sequence stands for them.
    [[nodiscard]] Result<> flush();

    /// The line that append() queued last, without its newline. Valid until the next append or flush.
    [[nodiscard]] std::string_view last_line() const {
        return std::string_view(queue_).substr(last_begin_, queue_.size() - last_begin_ - 1);
    }

    [[nodiscard]] bool pending() const { return !queue_.empty(); }
    [[nodiscard]] std::uint64_t last_sequence() const { return sequence_; }
    void reopen() { file_->close(); }

private:
    void drop_oldest();

    std::unique_ptr<JournalFile> file_;
    std::uint64_t sequence_;
    std::string queue_;
    std::size_t last_begin_ = 0;   ///< of the last line, right after append()
    std::uint64_t lost_first_ =
        0;   ///< not 0: the queue's first line is a `lost` one that stands for the lines from this sequence on
};

/// Calls `line` for each line of the history, oldest first, rotated files included; stops when it returns false. Missing files
/// are an empty history.
[[nodiscard]] Result<> read_journal(const std::string& path, const std::function<bool(std::string_view line)>& line);

}   // namespace talos::state

#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include "posix/files/own_directory.hpp"
#include "state/reason_code.hpp"
#include "state/requester.hpp"
#include "worker/data/worker.hpp"
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
/// `{"sequence", "at", "worker", "from", "to", "cause", "by", "pid", "startTicks", "exit", "sent", "usage", "reason", "because", "tail"}`; absent where
/// unknown. `because` is the kind of the reason (because.hpp); lines of older versions have none. A command that changed no state and a change of health alone have neither `from` nor `to`. `by` is who gave it:
/// {"uid", "pid", "program"}. `tail` are the last lines that the worker wrote, with an exit that nobody asked for.
/// An exit and the transition it causes are one line. Lines about talosd itself have no `worker`; their `from`/`to` are its states
/// (`from` is absent for its start, `to` for its end). `exit` has the shape of status.json's lastExit; `usage` is
/// {"userMs", "systemMs", "maxRssKiB"}. Rotated: 10 MiB, keep 3.
namespace talos::state {

struct JournalEntry {
    WallTime at{};
    std::string_view worker;   ///< empty: the entry is about talosd
    std::string_view from;
    std::string_view to;
    std::string_view cause;
    pid_t pid = 0;                   ///< 0: absent
    std::uint64_t start_ticks = 0;   ///< of a newly spawned process; 0: absent
    const worker::LastExit* exit = nullptr;
    std::string_view reason;
    std::optional<ReasonCode> reason_code;   ///< with a reason
    const Requester* by = nullptr;           ///< who gave the command, or sent talosd the signal
    bool sent = false;                       ///< talosd sent the signal that ended it, by its stop plan
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
    /// Opens or creates the file, removes an incomplete last line, and continues the sequence (from the newest old file if the
    /// current one is empty). The search for the last sequence number skips lines that are not JSON.
    [[nodiscard]] static Result<Journal> open(const posix::Location& path);

    /// Continues after line `sequence` of `file`.
    Journal(std::unique_ptr<JournalFile> file, std::uint64_t sequence) : file_(std::move(file)), sequence_(sequence) {}

    /// Queues one line and returns its sequence number.
    std::uint64_t append(const JournalEntry& entry);

    /// Writes the queue. After a failure the lines stay queued, up to 1 MiB. Beyond that the oldest lines are dropped and
    /// replaced by one line `{"cause": "lost", "first", "last"}`, whose sequence number is that of the last lost line.
    [[nodiscard]] Result<> flush();

    /// The last line queued by append(), without its newline. Valid until the next append() or flush().
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
    std::size_t last_begin_ = 0;   ///< start of the last line; valid after append()
    std::uint64_t lost_first_ =
        0;   ///< not 0: the first line in the queue is a `lost` line for the lines from this sequence number on
};

/// Calls `line` for each line of the history, oldest first, including rotated files. Stops when it returns false. A missing file
/// counts as empty.
[[nodiscard]] Result<> read_journal(const std::string& path, const std::function<bool(std::string_view line)>& line);

}   // namespace talos::state

#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include "logs/files/rotating_file.hpp"
#include "state/requester.hpp"
#include "worker/worker.hpp"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// events.jsonl: the history, one JSON object in each line:
/// `{"sequence", "at", "worker", "from", "to", "cause", "by", "pid", "startTicks", "exit", "sent", "usage", "reason", "tail"}`; a
/// member is absent if unknown. `from` and `to` are absent for a command that changed no state and for a change of health alone.
/// `by` identifies the user that gave the command: {"uid", "pid", "program"}. `tail` contains the last lines of output before an
/// unrequested exit. An exit and the transition that it causes share one line. Lines about talosd itself have no `worker`; `from`
/// and `to` are its own states (`from` is absent when it starts, `to` when it ends). `exit` has the format of lastExit in
/// status.json. `usage` is {"userMs", "systemMs", "maxRssKiB"}. The file is rotated at 10 MiB; three old files are kept.
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
    const Requester* by = nullptr;   ///< the sender of the command, or of the signal to talosd
    bool sent = false;               ///< talosd sent the signal that ended the process, in its stop plan
    const std::vector<std::string>* tail = nullptr;
};

class Journal {
public:
    /// Opens or creates the file, removes an incomplete last line, and continues the sequence (from the newest old file if the
    /// current one is empty). The search for the last sequence number skips lines that are not JSON.
    [[nodiscard]] static Result<Journal> open(const posix::Location& path);

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
    void reopen() { file_.close(); }

private:
    explicit Journal(logs::RotatingFile file) : file_(std::move(file)) {}
    void drop_oldest();

    logs::RotatingFile file_;
    std::uint64_t sequence_ = 0;
    std::string queue_;
    std::size_t last_begin_ = 0;   ///< start of the last line; valid after append()
    std::uint64_t lost_first_ =
        0;   ///< not 0: the first line in the queue is a `lost` line for the lines from this sequence number on
};

/// Calls `line` for each line of the history, oldest first, including rotated files. Stops when it returns false. A missing file
/// counts as empty.
[[nodiscard]] Result<> read_journal(const std::string& path, const std::function<bool(std::string_view line)>& line);

}   // namespace talos::state

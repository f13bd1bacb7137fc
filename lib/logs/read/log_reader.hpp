#pragma once
#include "core/result.hpp"
#include "logs/read/log_file.hpp"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace talos::logs {

/// A place in a rotated file: PATH.n, …, PATH.1, PATH, compressed or not, read as one text in both directions, from here on also what is
/// added to it, across rotations. No call reads more than a piece, and none waits. Any number of files that are empty or cannot be read may stand
/// between two others: who shares a thread with others has it pass a few of them in a call.
/// Nothing of it comes twice and nothing is missed, also in the middle of a rotation. A copy goes its own way.
class LogReader {
public:
    static constexpr std::size_t piece = 64u << 10;
    /// With `slices` a call opens 8 files at most, and pending() says when it would have gone on.
    enum class Pace : std::uint8_t { whole, slices };

    /// At the begin of the oldest file there is, now or later.
    explicit LogReader(std::string path, Pace pace = Pace::whole) : path_(std::move(path)), pace_(pace) {}
    /// Behind the last byte there is. Fails with EACCES and the like, and for what is no regular file.
    [[nodiscard]] static Result<LogReader> at_end(std::string path, Pace pace = Pace::whole);

    /// Appends the next bytes, at most `piece`, and goes behind them; says how many. 0: there are no more by now, unless pending(). All are of
    /// one file.
    [[nodiscard]] Result<std::size_t> next(std::string& out);
    /// `out` becomes the bytes in front of here, at most `piece`, and the place goes in front of them. 0: nothing is older, unless pending().
    /// All are of one file.
    [[nodiscard]] Result<std::size_t> previous(std::string& out);
    /// To the end of the next older file; false when there is none, unless pending().
    [[nodiscard]] Result<bool> older();
    /// The last of these calls found nothing in the files that it opened, and there are more: call it again.
    [[nodiscard]] bool pending() const { return pending_; }

    /// The place within its file.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    void move_to(std::uint64_t offset) { offset_ = offset; }
    /// `out` becomes the bytes of this file from `offset` on, fewer than `size` only at its end; the place stays.
    [[nodiscard]] Result<> peek(std::uint64_t offset, std::size_t size, std::string& out) const;
    /// Of this file, by now; 0 when there is none.
    [[nodiscard]] std::uint64_t size() const;
    /// Whether the other one is in the same file, so that their offsets can be compared.
    [[nodiscard]] bool is_beside(const LogReader& other) const;
    /// Whether it has come to the other one's place in that one's file.
    [[nodiscard]] bool is_behind(const LogReader& end) const { return offset_ >= end.offset_ && is_beside(end); }

    /// Goes back to the other one's place when it has read past it in that one's file; by how many bytes.
    std::size_t stop_at(const LogReader& end);

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The open file, to be watched; -1 when there is none, or it is a compressed one, which nobody writes to.
    [[nodiscard]] int fd() const { return file_ ? file_->fd() : -1; }
    /// Counts the files that were begun; one that was emptied in place is begun anew.
    [[nodiscard]] unsigned generation() const { return generation_; }
    /// Files that were rotated away before they could be read.
    [[nodiscard]] bool lost_some() const { return lost_some_; }
    /// Old files that could not be read, and why, each once, 20 at most and a sentence that there are more; what could be read of the others is
    /// there. Also what leave_out() was told. Copies share it.
    [[nodiscard]] const std::vector<std::string>& skipped() const { return *skipped_; }
    /// Something else of the log is not shown: a sentence that says so.
    void leave_out(std::string sentence) const;

private:
    [[nodiscard]] Result<bool> newer();
    [[nodiscard]] Result<bool> older_of_slice();
    void begin_slice();
    [[nodiscard]] bool may_open() const { return pace_ == Pace::whole || left_ > 0; }
    [[nodiscard]] Result<std::optional<LogFile>> open(unsigned number);
    void enter(LogFile file, std::uint64_t offset);
    void skip(const Failure& failure) const;

    std::string path_;
    Pace pace_;
    bool pending_ = false;
    unsigned left_ = 0;     // files that this call may still open
    unsigned passed_ = 0;   // of the files beside ours, so many were found to be unreadable
    std::shared_ptr<LogFile> file_;
    std::uint64_t offset_ = 0;
    unsigned near_ = 0;   // the number of its file when that was last known
    unsigned generation_ = 0;
    bool lost_some_ = false;
    std::shared_ptr<std::vector<std::string>> skipped_ = std::make_shared<std::vector<std::string>>();
};

}   // namespace talos::logs

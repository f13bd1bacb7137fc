#pragma once
#include "core/result.hpp"
#include "logs/read/log_file.hpp"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace talos::logs {

/// A position in a rotated log: PATH.n, …, PATH.1, PATH, compressed or not. All files are read as one text in both directions,
/// including data that is appended later, across rotations. A call reads at most one piece and never blocks. Any number of empty
/// or unreadable files may be between two others; Pace limits how many of them one call passes. No data is returned twice and
/// none is missed, even during a rotation. Copies are independent.
class LogReader {
public:
    static constexpr std::size_t piece = 64u << 10;
    /// With `slices`, a call opens at most 8 files, and pending() reports that it has stopped because of that.
    enum class Pace : std::uint8_t { whole, slices };

    /// At the start of the oldest file that exists now or later.
    explicit LogReader(std::string path, Pace pace = Pace::whole) : path_(std::move(path)), pace_(pace) {}
    /// After the last byte. Fails with EACCES and similar errors, and for anything that is not a regular file.
    [[nodiscard]] static Result<LogReader> at_end(std::string path, Pace pace = Pace::whole);

    /// Appends the next bytes, at most `piece`, and moves past them. Returns their number. 0 means that there are none now,
    /// unless pending(). All bytes are from one file.
    [[nodiscard]] Result<std::size_t> next(std::string& out);
    /// Sets `out` to the bytes before the position, at most `piece`, and moves before them. 0 means that there are no older
    /// bytes, unless pending(). All bytes are from one file.
    [[nodiscard]] Result<std::size_t> previous(std::string& out);
    /// Moves to the end of the next older file. Returns false if there is none, unless pending().
    [[nodiscard]] Result<bool> older();
    /// The last of these calls found nothing in the files that it opened, and more files remain: repeat the call.
    [[nodiscard]] bool pending() const { return pending_; }

    /// The offset in the current file.
    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    void move_to(std::uint64_t offset) { offset_ = offset; }
    /// Sets `out` to the bytes of the current file from `offset` on; fewer than `size` only at its end. The position does not
    /// change.
    [[nodiscard]] Result<> peek(std::uint64_t offset, std::size_t size, std::string& out) const;
    /// The current size of the file; 0 if there is none.
    [[nodiscard]] std::uint64_t size() const;
    /// Whether both readers are in the same file, so that their offsets can be compared.
    [[nodiscard]] bool is_beside(const LogReader& other) const;
    /// Whether this reader has reached the position of `end` in the same file.
    [[nodiscard]] bool is_behind(const LogReader& end) const { return offset_ >= end.offset_ && is_beside(end); }

    /// Moves back to the position of `end` if this reader has passed it in the same file. Returns the number of bytes.
    std::size_t stop_at(const LogReader& end);

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The descriptor to watch; -1 if no file is open or it is compressed, because a compressed file does not change.
    [[nodiscard]] int fd() const { return file_ ? file_->fd() : -1; }
    /// Counts the files entered. A truncated file counts again.
    [[nodiscard]] unsigned generation() const { return generation_; }
    /// True if files were removed by rotation before they were read.
    [[nodiscard]] bool lost_some() const { return lost_some_; }
    /// Messages about old files that could not be read, each once: at most 20 and a final one if there are more. Data that could
    /// be read is returned. Also contains the messages of leave_out(). Shared by copies.
    [[nodiscard]] const std::vector<std::string>& skipped() const { return *skipped_; }
    /// Adds a message about another part of the log that is not shown.
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
    unsigned passed_ = 0;   // number of files next to the current one that were found unreadable
    std::shared_ptr<LogFile> file_;
    std::uint64_t offset_ = 0;
    unsigned near_ = 0;   // the last known number of the current file
    unsigned generation_ = 0;
    bool lost_some_ = false;
    std::shared_ptr<std::vector<std::string>> skipped_ = std::make_shared<std::vector<std::string>>();
};

}   // namespace talos::logs

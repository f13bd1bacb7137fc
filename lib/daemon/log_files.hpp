#pragma once
#include "daemon/log_file.hpp"
#include "daemon/log_line.hpp"
#include "core/result.hpp"
#include "posix/unique_fd.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace talos::daemon {

/// Reads the lines of a rotated file from the newest to the oldest, a block at a time: PATH, then PATH.1, PATH.2, ..., compressed or not.
/// A rotation meanwhile neither repeats nor loses a line.
class BackwardReader {
public:
    enum class Unfinished { include, leave };  ///< what stands behind the last newline
    /// A file that does not exist is an empty one. Fails with EACCES and the like.
    [[nodiscard]] static Result<BackwardReader> open(const std::string& path, Unfinished unfinished);

    /// The line before the last one given, without its newline; false when there are no more. A line over 1 MiB comes in pieces.
    [[nodiscard]] Result<bool> previous(std::string& line);

    /// Where the newest file's whole lines end as they were at open(): a follower goes on there. The file may be missing (-1).
    [[nodiscard]] std::uint64_t end() const { return end_; }
    [[nodiscard]] posix::UniqueFd release_newest() { return newest_ ? newest_->release() : posix::UniqueFd{}; }

private:
    BackwardReader(std::string path, std::optional<LogFile> newest) : path_(std::move(path)), newest_(std::move(newest)) {}
    [[nodiscard]] Result<bool> open_older();
    [[nodiscard]] Result<> fill();
    [[nodiscard]] Result<> leave_unfinished();
    [[nodiscard]] LogFile& current() { return older_ ? *older_ : *newest_; }

    std::string path_;
    std::optional<LogFile> newest_;
    std::optional<LogFile> older_;      // while an older one is read
    std::vector<LogIdentity> seen_;     // those that were read
    unsigned next_number_ = 1;
    std::uint64_t position_ = 0;  // of the buffer's begin in the current file
    std::string buffer_;          // read and not yet given, ends where the last given line began
    std::uint64_t end_ = 0;
};

/// The last records of a log and what a follower needs to go on behind them.
struct Tail {
    std::vector<LogRecord> records;  ///< oldest first
    posix::UniqueFd file;            ///< the newest one; empty when there is none yet
    std::uint64_t end = 0;
    LineJoiner joiner{LineShape::stamped};
};
/// With `leave`, what is not finished (no newline yet, or last piece missing) is left to the follower.
[[nodiscard]] Result<Tail> read_tail(const std::string& path, std::size_t records, LineShape shape,
                                     BackwardReader::Unfinished unfinished);

}  // namespace talos::daemon

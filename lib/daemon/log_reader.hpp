#pragma once
#include "core/result.hpp"
#include "daemon/log_file.hpp"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace talos::daemon {

/// A place in a rotated file: PATH.n, …, PATH.1, PATH, compressed or not, read as one text in both directions, from here on also what is
/// added to it, across rotations. No call reads more than a piece, and none waits, so that it suits who shares a thread with others.
/// Nothing of it comes twice and nothing is missed, also in the middle of a rotation. A copy goes its own way.
class LogReader {
public:
    static constexpr std::size_t piece = 64u << 10;

    /// At the begin of the oldest file there is, now or later.
    explicit LogReader(std::string path) : path_(std::move(path)) {}
    /// Behind the last byte there is. Fails with EACCES and the like, and for what is no regular file.
    [[nodiscard]] static Result<LogReader> at_end(std::string path);

    /// Appends the next bytes, at most `piece`, and goes behind them; says how many. 0: there are no more by now. All are of one file.
    [[nodiscard]] Result<std::size_t> next(std::string& out);
    /// `out` becomes the bytes in front of here, at most `piece`, and the place goes in front of them. 0: nothing is older. All are of
    /// one file.
    [[nodiscard]] Result<std::size_t> previous(std::string& out);
    /// To the end of the next older file; false when there is none.
    [[nodiscard]] Result<bool> older();

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

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The open file, to be watched; -1 when there is none, or it is a compressed one, which nobody writes to.
    [[nodiscard]] int fd() const { return file_ ? file_->fd() : -1; }
    /// Counts the files that were begun; one that was emptied in place is begun anew.
    [[nodiscard]] unsigned generation() const { return generation_; }
    /// Files that were rotated away before they could be read.
    [[nodiscard]] bool lost_some() const { return lost_some_; }
    /// Old files that could not be read, and why, each once; what could be read of the others is there. Copies share it.
    [[nodiscard]] const std::vector<std::string>& skipped() const { return *skipped_; }

private:
    [[nodiscard]] Result<bool> newer();
    void enter(LogFile file, std::uint64_t offset);
    void skip(const Failure& failure) const;

    std::string path_;
    std::shared_ptr<LogFile> file_;
    std::uint64_t offset_ = 0;
    unsigned near_ = 0;       // the number of its file when that was last known
    unsigned generation_ = 0;
    bool lost_some_ = false;
    std::shared_ptr<std::vector<std::string>> skipped_ = std::make_shared<std::vector<std::string>>();
};

}  // namespace talos::daemon

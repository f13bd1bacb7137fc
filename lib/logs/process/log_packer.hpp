#pragma once
#include "core/result.hpp"
#include "logs/files/log_compression.hpp"
#include "posix/rights/unique_fd.hpp"
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>

namespace talos::logs {

/// Compresses the old logs of a process that writes logs, one file at a time, in a child of that process with the least priority: see Compressor for what
/// becomes of the files. The child has both files open and nothing else, and is killed after half an hour. Not for talosd, which must not wait as long as
/// opening and renaming files takes.
class LogPacker {
public:
    /// `failed` is told each failure once, with the log's path.
    explicit LogPacker(std::function<void(const std::string& path, const std::string& text)> failed)
        : failed_(std::move(failed)) {}
    LogPacker(const LogPacker&) = delete;
    LogPacker& operator=(const LogPacker&) = delete;
    ~LogPacker();

    /// Whatever of PATH.1 to PATH.keep is not compressed yet, the oldest first.
    void add(const std::string& path, unsigned keep);
    /// Readable when go_on() has something to do; -1: it has not.
    [[nodiscard]] int descriptor() const { return answer_.get(); }
    /// How long go_on() can wait for that; at most an int of milliseconds.
    [[nodiscard]] std::chrono::milliseconds left() const;
    /// When the descriptor is readable, or the time is over.
    void go_on();

private:
    struct Series {
        std::string path;
        unsigned keep = 0;
    };
    void next();
    [[nodiscard]] Result<bool> start(const Series& series);
    void finish();
    void end_child();
    void fail(const std::string& path, const std::string& text);

    std::function<void(const std::string& path, const std::string& text)> failed_;
    std::deque<Series> waiting_;
    Series current_;
    FileKey source_{};
    timespec modified_{};
    pid_t child_ = 0;
    posix::UniqueFd answer_;   // what failed; its end is that of the child
    std::string text_;
    std::chrono::steady_clock::time_point end_{};
    std::string told_;   // the last failure
};

}   // namespace talos::logs

#pragma once
#include "core/result.hpp"
#include "daemon/log_file.hpp"
#include "posix/unique_fd.hpp"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace talos::daemon {

/// Reads what is added to a rotated file, across rotations: the rest of the old one, those in between (compressed or not), then the
/// new one.
/// It does not wait: call read() when something may have changed.
class LogFollower {
public:
    enum class From { begin, end };
    /// A file that is not there yet is begun at its first byte once it is.
    LogFollower(std::string path, From from);
    /// Goes on in `file` (may be empty) at `offset`, the begin of a line.
    LogFollower(std::string path, posix::UniqueFd file, std::uint64_t offset);

    /// Calls `line` for each line that is complete by now, without its newline (over 1 MiB: in pieces).
    [[nodiscard]] Result<> read(const std::function<void(std::string_view line)>& line);

    [[nodiscard]] const std::string& path() const { return path_; }
    /// The open file, to be watched; -1 when there is none, or it is a compressed one, which nobody writes to.
    [[nodiscard]] int fd() const { return file_ ? file_->fd() : -1; }
    /// Counts the files that were opened, so that who watches the open one can follow.
    [[nodiscard]] unsigned generation() const { return generation_; }
    /// Files that were rotated away before they could be read.
    [[nodiscard]] bool lost_some() const { return lost_some_; }

private:
    using Sink = std::function<void(std::string_view)>;
    [[nodiscard]] Result<> drain(const Sink& line);
    [[nodiscard]] Result<bool> open_next();
    [[nodiscard]] unsigned wanted();
    [[nodiscard]] bool is_empty_series() const;
    void take(std::string_view bytes, const Sink& line);

    std::string path_;
    std::optional<LogFile> file_;
    std::uint64_t offset_ = 0;
    bool from_nothing_ = false;  // there was no file of the series when we began
    std::string held_;           // a line's beginning
    unsigned generation_ = 0;
    bool lost_some_ = false;
};

}  // namespace talos::daemon

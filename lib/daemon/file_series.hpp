#pragma once
#include "core/result.hpp"
#include "daemon/log_file.hpp"
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace talos::daemon {

/// Reads a file and its rotated older ones, compressed or not, forward, a piece at a time: PATH.n, …, PATH.1, PATH, then what is added
/// to it, across rotations. For readers that share a thread with others: no call reads more than a piece, and none waits.
class FileSeries {
public:
    /// Begins with the oldest file there is, now or later.
    explicit FileSeries(std::string path) : path_(std::move(path)) {}

    static constexpr std::size_t piece = 64u << 10;

    /// Goes to the first line that is wanted, or a little before it. The lines of the series must be ordered: none that is not wanted
    /// stands behind one that is. `wanted` sees a line's first bytes, at most 128 of them.
    [[nodiscard]] Result<> seek(const std::function<bool(std::string_view line)>& wanted);

    /// Goes back to where the last `lines` lines begin, at most 256 KiB per call: call it until it says that it is there (true). What
    /// stands behind the last newline counts as a line.
    [[nodiscard]] Result<bool> seek_back(std::size_t lines);

    /// Appends the next bytes, at most `piece`; says how many. 0: there are no more by now.
    [[nodiscard]] Result<std::size_t> read(std::string& out);

    /// Counts the files that were begun.
    [[nodiscard]] unsigned generation() const { return generation_; }

private:
    [[nodiscard]] Result<bool> open_older();
    [[nodiscard]] Result<bool> open_next();
    [[nodiscard]] Result<std::optional<std::uint64_t>> line_behind(std::uint64_t offset, std::uint64_t end);
    [[nodiscard]] Result<> bisect(const std::function<bool(std::string_view line)>& wanted);
    [[nodiscard]] unsigned successor() const;
    [[nodiscard]] bool is_newest() const;
    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::size_t size);
    [[nodiscard]] std::uint64_t size() const;

    std::string path_;
    std::optional<LogFile> file_;
    std::uint64_t offset_ = 0;
    std::string buffer_;               // of the searches
    std::vector<LogIdentity> seen_;    // files that were looked into on the way back
    unsigned next_number_ = 0;         // the name that open_older() tries next
    std::size_t newlines_ = 0;         // passed on the way back
    bool saw_end_ = false;             // the series' last byte was looked at
    unsigned generation_ = 0;
};

}  // namespace talos::daemon

#pragma once
#include "core/result.hpp"
#include "logs/read/log_reader.hpp"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// Finds the start position in a rotated log. Each search proceeds in steps of at most one piece: call step() until it returns
/// true.
///
/// The length of a line is unlimited, and a sparse file, which costs its owner nothing, is one line of any length. Therefore a
/// search reads a limited number of bytes. At the limit it stops at its current position, and the reader gets a message about the
/// data left out.
namespace talos::logs {

inline constexpr std::uint64_t most_searched = std::uint64_t{256} << 20;

/// Moves back to the start of the last `lines` lines. Text after the last newline counts as a line.
class LastLines {
public:
    /// `floor`: the lowest position; may be empty. `most`: the number of bytes to read, plus 4 KiB for each line.
    explicit LastLines(std::size_t lines, std::optional<LogReader> floor = {}, std::uint64_t most = most_searched)
        : lines_(lines), floor_(std::move(floor)), left_(most + lines * std::uint64_t{4096}) {}
    /// `reader` must start at the end.
    [[nodiscard]] Result<bool> step(LogReader& reader);

private:
    std::size_t lines_;
    std::optional<LogReader> floor_;
    std::uint64_t left_;
    std::string bytes_;
    bool saw_end_ = false;   // the last byte of the log was checked
};

/// Moves to the first wanted line by binary search. The lines must be ordered: no unwanted line may follow a wanted one. A line
/// that cannot be judged counts like the line before it.
class FirstWanted {
public:
    /// Gets the first bytes of a line, at most 128.
    using Wanted = std::function<std::optional<bool>(std::string_view line)>;
    explicit FirstWanted(Wanted wanted, std::uint64_t most = most_searched) : wanted_(std::move(wanted)), left_(most) {}
    /// `reader` must start at the end; it stays there if no line is wanted. If the search reaches its limit, all following lines
    /// are wanted, and possibly some preceding ones.
    [[nodiscard]] Result<bool> step(LogReader& reader);

    /// For the lines from `time` on, in ns since the epoch.
    [[nodiscard]] static FirstWanted stamped_from(std::int64_t time);

private:
    [[nodiscard]] Result<> read(const LogReader& reader, std::uint64_t offset, std::size_t size);
    [[nodiscard]] Result<bool> find_file(LogReader& reader);
    [[nodiscard]] Result<> halve(const LogReader& reader);
    [[nodiscard]] Result<bool> walk(LogReader& reader);
    [[nodiscard]] std::optional<bool> judge(std::size_t begin) const;

    Wanted wanted_;
    std::uint64_t left_;
    enum class Phase { file, halving, walking } phase_ = Phase::file;
    std::uint64_t low_ = 0;     // start of a line that is not wanted
    std::uint64_t high_ = 0;    // the first wanted line starts between low_ and high_
    std::uint64_t probe_ = 0;   // where to search for a newline
    std::string bytes_;
};

/// The start of the first line at or after `time` (ns since the epoch), without slices. `end` must be at the end.
[[nodiscard]] Result<LogReader> begin_of(std::int64_t time, LogReader end);

}   // namespace talos::logs

#pragma once
#include "core/result.hpp"
#include "logs/read/log_reader.hpp"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// Where in a rotated file to begin. Each search goes on step by step, a piece at most: call it until it says that it is there (true).
///
/// A line has no longest length, and a sparse file, which costs its owner nothing, is one line of any length. Therefore a search reads so many
/// bytes at most. Then it is where it has got to, and the reader has been told what is left out.
namespace talos::logs {

inline constexpr std::uint64_t most_searched = std::uint64_t{256} << 20;

/// Goes back to where the last `lines` lines begin. What stands behind the last newline counts as a line.
class LastLines {
public:
    /// `floor`: not before that place; may be empty. `most`: bytes that are read, and 4 KiB more for each line.
    explicit LastLines(std::size_t lines, std::optional<LogReader> floor = {}, std::uint64_t most = most_searched)
        : lines_(lines), floor_(std::move(floor)), left_(most + lines * std::uint64_t{4096}) {}
    /// `reader` is at the end at first.
    [[nodiscard]] Result<bool> step(LogReader& reader);

private:
    std::size_t lines_;
    std::optional<LogReader> floor_;
    std::uint64_t left_;
    std::string bytes_;
    bool saw_end_ = false;   // the last byte of all was looked at
};

/// Goes to the first line that is wanted, whose place is found by halving: the lines must be ordered, none that is not wanted stands
/// behind one that is. A line of which that cannot be said goes with the one before it.
class FirstWanted {
public:
    /// Sees a line's first bytes, at most 128 of them.
    using Wanted = std::function<std::optional<bool>(std::string_view line)>;
    explicit FirstWanted(Wanted wanted, std::uint64_t most = most_searched) : wanted_(std::move(wanted)), left_(most) {}
    /// `reader` is at the end at first; at the end again when no line is wanted. Cut short, the lines from here on are wanted, and perhaps some
    /// in front of them.
    [[nodiscard]] Result<bool> step(LogReader& reader);

    /// For the lines from a time on, ns since the epoch.
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
    std::uint64_t low_ = 0;     // the begin of a line that is not wanted
    std::uint64_t high_ = 0;    // between the two begins the first one that is
    std::uint64_t probe_ = 0;   // where a newline is looked for
    std::string bytes_;
};

/// Where the first line with that time (ns since the epoch) or a later one begins, at once; `end` is at the end.
[[nodiscard]] Result<LogReader> begin_of(std::int64_t time, LogReader end);

}   // namespace talos::logs

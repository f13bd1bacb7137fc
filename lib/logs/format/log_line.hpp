#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a worker's log holds, line by line. Pure.
namespace talos::logs {

enum class LineShape { stamped, raw };   ///< stamped: `cri` or `json`, told apart by the line; what is neither counts as raw

struct LogRecord {
    std::optional<std::int64_t> time;   ///< ns since the epoch; absent for raw lines
    std::string stream;                 ///< `stdout`, `stderr`; empty for raw lines
    std::string text;
    bool continues = false;   ///< LineJoiner: the line's beginning was the record before, since the line is longer than 1 MiB
};

/// RFC 3339 with any number of fraction digits and `Z` or `+hh:mm`, to ns since the epoch.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text);

/// The time of a stamped line, of which the first 128 bytes are enough. Nothing for a raw one.
[[nodiscard]] std::optional<std::int64_t> stamp_of(std::string_view line);

/// Whether it is a piece of a line that goes on behind it. Nothing for a line of another stream.
[[nodiscard]] std::optional<bool> goes_on_behind(std::string_view line, std::string_view stream);

/// Lines in, what was written out: pieces of one line are joined, up to 1 MiB.
class LineJoiner {
public:
    explicit LineJoiner(LineShape shape) : shape_(shape) {}
    /// `line` without its newline.
    [[nodiscard]] std::optional<LogRecord> feed(std::string_view line);
    /// A line whose last piece has not come.
    [[nodiscard]] std::optional<LogRecord> rest();
    /// The pieces of a line that came before the first feed().
    void resume(LogRecord begun) { open_.push_back(std::move(begun)); }

private:
    LineShape shape_;
    std::vector<LogRecord> open_;    // at most one per stream
    std::vector<std::string> cut_;   // streams whose last record was not the end of its line
};

/// The same, from the newest line to the oldest.
class BackwardJoiner {
public:
    struct Joined {
        LogRecord record;
        bool finished = true;   ///< its last piece is there
        bool full = false;      ///< 1 MiB of it was joined; the line may begin earlier
    };
    explicit BackwardJoiner(LineShape shape) : shape_(shape) {}
    /// The line in front of the last one.
    void feed(std::string_view line);
    /// The newest one that is known whole, each once; nothing as long as older pieces of it may come (within the next 1000 lines).
    [[nodiscard]] std::optional<Joined> take();
    /// No line comes any more.
    void end() { ended_ = true; }

private:
    struct Waiting {
        Joined joined;
        std::vector<std::string> pieces;   // in front of its text, newest first
        std::size_t bytes = 0;
        bool whole = false;
    };
    LineShape shape_;
    std::deque<Waiting> waiting_;        // newest first, by their ends, which of some are still to come
    std::vector<std::string> streams_;   // that were met
    bool ended_ = false;
};

}   // namespace talos::logs

#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Parses the lines of a worker's log. Pure.
namespace talos::logs {

/// stamped: `cri` or `json`, detected for each line; any other line counts as raw.
enum class LineShape { stamped, raw };

struct LogRecord {
    std::optional<std::int64_t> time;   ///< ns since the epoch; absent for raw lines
    std::string stream;                 ///< `stdout`, `stderr`; empty for raw lines
    std::string text;
    /// Set by LineJoiner: the line is longer than 1 MiB and the previous record is its beginning.
    bool continues = false;
};

/// Parses RFC 3339 with any number of fraction digits and `Z` or `+hh:mm`, to ns since the epoch.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text);

/// The time of a stamped line; its first 128 bytes are sufficient. nullopt for a raw line.
[[nodiscard]] std::optional<std::int64_t> stamp_of(std::string_view line);

/// Whether the line is a part that a later line continues. nullopt for a line of another stream.
[[nodiscard]] std::optional<bool> is_continued(std::string_view line, std::string_view stream);

/// Joins the parts of a line, up to 1 MiB.
class LineJoiner {
public:
    explicit LineJoiner(LineShape shape) : shape_(shape) {}
    /// `line` without its newline.
    [[nodiscard]] std::optional<LogRecord> feed(std::string_view line);
    /// A line whose last part is missing.
    [[nodiscard]] std::optional<LogRecord> take_unfinished();
    /// Restores the parts of a line that came before the first feed().
    void resume(LogRecord begun) { open_.push_back(std::move(begun)); }

private:
    LineShape shape_;
    std::vector<LogRecord> open_;    // at most one for each stream
    std::vector<std::string> cut_;   // streams whose last record was not the end of its line
};

/// The same from the newest line to the oldest.
class BackwardJoiner {
public:
    struct Joined {
        LogRecord record;
        bool finished = true;   ///< its last part was read
        bool full = false;      ///< 1 MiB was joined; the line may begin earlier
    };
    explicit BackwardJoiner(LineShape shape) : shape_(shape) {}
    /// Adds the line before the previous one.
    void feed(std::string_view line);
    /// Returns the newest complete line, each line once. Returns nullopt while older parts of it may follow (within the next 1000
    /// lines).
    [[nodiscard]] std::optional<Joined> take();
    /// No more lines follow.
    void end() { ended_ = true; }

private:
    struct Waiting {
        Joined joined;
        std::vector<std::string> pieces;   // before its text, newest first
        std::size_t bytes = 0;
        bool whole = false;
    };
    LineShape shape_;
    std::deque<Waiting> waiting_;        // newest first by their ends; the ends of some have not been read yet
    std::vector<std::string> streams_;   // all streams seen so far
    bool ended_ = false;
};

}   // namespace talos::logs

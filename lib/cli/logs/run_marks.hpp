#pragma once
#include "cli/session/event.hpp"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <unordered_map>
#include <vector>

namespace talos::cli {

/// One run of a worker.
struct Run {
    unsigned number = 0;   ///< counted from the oldest one that the history knows, from 1
    pid_t pid = 0;
    std::int64_t begun = 0;   ///< ns since the epoch
};

/// Which run a line of a log belongs to, by its time and the starts in the history. Pure.
class RunMarks {
public:
    /// `refresh` calls note() for what has been added to the history. `known_until`: up to that time (ns since the epoch) all starts were
    /// noted; a line that is newer refreshes first.
    using Refresh = std::function<void(RunMarks&)>;
    RunMarks(const std::vector<std::string>& workers, Refresh refresh, std::int64_t known_until);

    /// A line of events.jsonl; one that is no start of these workers changes nothing.
    void note(std::string_view line);
    /// The last event that was noted as a start.
    [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

    /// The run of the source's line of that time; of one without a time, that of the line before. Nothing when the history does not know.
    [[nodiscard]] std::optional<Run> run_of(std::size_t source, std::optional<std::int64_t> time);

private:
    struct OfWorker {
        std::vector<Run> runs;   // by their begin
        std::optional<Run> last;
    };
    std::unordered_map<std::string, std::size_t> sources_;
    std::vector<OfWorker> workers_;
    Refresh refresh_;
    std::int64_t known_until_;
    std::uint64_t sequence_ = 0;
};

}   // namespace talos::cli

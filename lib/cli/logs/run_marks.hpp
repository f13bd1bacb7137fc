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
    unsigned number = 0;   ///< counted from the oldest run in the history, from 1
    pid_t pid = 0;
    std::int64_t begun = 0;   ///< ns since the epoch
};

/// Assigns log lines to runs, by their timestamps and the starts in the history. Pure.
class RunMarks {
public:
    /// `refresh` calls note() for new history lines. `known_until`: all starts up to that time (ns since the epoch) are noted; a
    /// newer line triggers a refresh first.
    using Refresh = std::function<void(RunMarks&)>;
    RunMarks(const std::vector<std::string>& workers, Refresh refresh, std::int64_t known_until);

    /// Takes a line of events.jsonl. Lines other than starts of these workers are ignored.
    void note(std::string_view line);
    /// The sequence of the last start that was noted.
    [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

    /// The run of a line by its source and time; without a time, the run of the line before. nullptr if the history does not
    /// contain it.
    [[nodiscard]] std::optional<Run> run_of(std::size_t source, std::optional<std::int64_t> time);

private:
    struct OfWorker {
        std::vector<Run> runs;   // ordered by start
        std::optional<Run> last;
    };
    std::unordered_map<std::string, std::size_t> sources_;
    std::vector<OfWorker> workers_;
    Refresh refresh_;
    std::int64_t known_until_;
    std::uint64_t sequence_ = 0;
};

}   // namespace talos::cli

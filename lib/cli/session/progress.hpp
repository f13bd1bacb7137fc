#pragma once
#include "cli/session/answers.hpp"
#include <map>
#include <string>

namespace talos::cli {

/// Pure: the progress line, at most `columns` wide: `2 of 3 done; web: stopping, SIGKILL in 12 s`.
[[nodiscard]] std::string progress_line(const std::map<std::string, WorkerResult>& results, std::size_t columns);

/// The progress of a wait, as one line on stderr that is overwritten. No output if stderr is not a terminal.
class Progress {
public:
    Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { clear(); }

    void update(WorkerResult result);
    /// Call before anything else is printed.
    void clear();

private:
    std::map<std::string, WorkerResult> results_;
    std::string shown_;
    bool terminal_;
};

}   // namespace talos::cli

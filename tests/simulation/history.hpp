#pragma once
#include "core/exit_status.hpp"
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <unordered_map>

namespace talos::simulation {

/// Reads the journal as it is written: each line follows from the one before.
class History {
public:
    /// A process that talosd has reaped, for the exits of the lines to come.
    void reaped(pid_t pid, const ExitStatus& status) { reaped_[pid].push_back(status); }
    void take(std::string_view line);

    /// The rule that a line has broken; empty: none.
    [[nodiscard]] const std::string& broken() const { return broken_; }
    /// The state that the worker is in by the journal; empty where it says nothing.
    [[nodiscard]] std::string state_of(const std::string& worker) const {
        const auto found = states_.find(worker);
        return found == states_.end() ? std::string() : found->second;
    }
    [[nodiscard]] std::uint64_t last_sequence() const { return sequence_; }

private:
    void check_exit(std::string_view line);

    std::uint64_t sequence_ = 0;
    std::unordered_map<std::string, std::string> states_;
    std::unordered_map<pid_t, std::deque<ExitStatus>> reaped_;   // several of a PID where lines wait for a full disk
    std::string broken_;
};

}   // namespace talos::simulation

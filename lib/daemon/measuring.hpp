#pragma once
#include "api/service.hpp"
#include "engine/supervisor/orphans.hpp"
#include "posix/processes/usage.hpp"
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace talos::daemon {

/// Sums up the resource usage of the processes in each worker's tree. This reads every process of the machine, and any user can
/// start thousands; a step takes a few milliseconds regardless of their number.
class Measuring final : public api::Measurement {
public:
    struct Usage {
        std::uint32_t processes = 0;
        double cpu_seconds = 0;
        std::uint64_t resident_bytes = 0;
    };
    using ByWorker = std::unordered_map<std::string, Usage>;
    /// Makes the answer from the sums. `own` is the process of talosd, or nullptr if it was not found.
    using Finish = std::function<api::Metrics(const ByWorker& usage, const posix::ProcessStat* own)>;

    Measuring(const turn::Services& services, const engine::Orphans& orphans, Finish finish)
        : services_(services), orphans_(orphans), finish_(std::move(finish)) {}

    [[nodiscard]] bool step() override;
    [[nodiscard]] api::Metrics metrics() override;

private:
    void add(pid_t pid, const posix::ProcessStat& stat);
    [[nodiscard]] Usage* usage_of(pid_t pid);
    [[nodiscard]] Usage* of(const engine::Runner* runner) {
        return runner != nullptr ? &by_worker_[runner->spec().name] : nullptr;
    }

    const turn::Services& services_;
    const engine::Orphans& orphans_;
    Finish finish_;
    posix::StatsReader reader_;
    ByWorker by_worker_;                           // a worker may be removed between two steps
    std::unordered_map<pid_t, Usage*> usage_of_;   // nullptr: belongs to no worker
    std::vector<pid_t> left_;                      // processes that remain to be added
    bool read_ = false;
    bool unknown_ = false;   // a child that Orphans does not know yet was found
};

}   // namespace talos::daemon

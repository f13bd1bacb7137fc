#pragma once
#include "engine/supervisor/supervisor.hpp"
#include "simulation/fake_disk.hpp"
#include "simulation/fake_kernel.hpp"
#include "simulation/worker_view.hpp"
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace talos::simulation {

/// What must hold at any time, whatever happens. The first rule that is broken is kept.
class Rules {
public:
    /// All configs that the engine may be given.
    Rules(const SimulatedTime& time, FakeKernel& kernel, FakeDisk& disk, const std::vector<config::Config>& configs);

    /// Before anything is started.
    void begin(const engine::Supervisor& supervisor) { supervisor_ = &supervisor; }
    void reloaded() { reloaded_ = true; }
    void shut_down() { shut_down_ = true; }
    /// SIGKILL is to be sent without patience from here on.
    void forced() { forced_ = true; }
    /// The engine has said that workers wait for each other.
    void waits_are_mutual() { mutual_ = true; }

    // --- at the moment
    void transition(const turn::Record& record);
    void started(const Process& process);
    void signalled(const Process& process, int signal);
    void reaped(const Process& process);

    /// Nothing is left to be done at this time.
    void look();
    /// And the status and the journal are written down.
    void compare();
    void broke(std::string rule) {
        if (broken_.empty()) broken_ = std::move(rule);
    }
    [[nodiscard]] const std::string& broken() const { return broken_; }
    /// What the end of processes and the answers about them may take, beside the plans.
    [[nodiscard]] Millis slack(const std::string& worker) const;

private:
    struct Plan {
        SteadyTime began;
        Millis length;
    };
    void look_at(const engine::Runner& runner);
    void compare_row(const state::WorkerStatus& row);
    void compare_process(const Process& process);
    [[nodiscard]] const config::WorkerSpec& spec_of(const engine::Runner& runner) const;

    const SimulatedTime& time_;
    FakeKernel& kernel_;
    FakeDisk& disk_;
    const engine::Supervisor* supervisor_ = nullptr;
    std::map<std::string, Limits, std::less<>> limits_;   // by family
    std::unordered_map<std::string, const config::WorkerSpec*> first_specs_;
    Millis deferral_{0};
    std::unordered_map<std::string, SteadyTime> paused_in_;   // the state, by its beginning
    std::unordered_map<std::string, SteadyTime> deferred_since_;
    std::unordered_map<pid_t, Plan> plans_;   // of main processes that are being stopped
    bool reloaded_ = false;
    bool shut_down_ = false;
    bool forced_ = false;
    bool mutual_ = false;
    std::string broken_;
};

}   // namespace talos::simulation

// checks/probes: One attempt to reach a worker (TCP, HTTP, a program), and when the next attempt is due.
// A new probe is a Probe here.
// Begin with probe.hpp.
#pragma once
#include "checks/probes/probe.hpp"
#include "config/model/model.hpp"
#include "logs/write/output_pump.hpp"
#include "logs/write/tail_ring.hpp"
#include "turn/side_program.hpp"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace talos::checks {

/// Whether a program exits with 0. It runs as the worker does, with its directory, environment and user. Of what it writes the last line is
/// part of the reason when it fails. The end of the probe is the end of the program and all that descends from it.
class ExecProbe final : public Probe {
public:
    /// `spec` is the worker's, with the program's command.
    ExecProbe(turn::Services& services, const config::WorkerSpec& spec)
        : services_(services), spec_(spec),
          program_(services, posix::CgroupKind::probe, spec.name, turn::RunCgroup::Share::several) {}

    void start(Done done, Millis longest) override;

private:
    [[nodiscard]] Result<> spawn();
    void ended(const Result<ExitStatus>& result);
    void finish(Result<> result);

    turn::Services& services_;
    const config::WorkerSpec& spec_;
    turn::SideProgram program_;
    logs::TailRing tail_;
    std::optional<logs::OutputPump> output_;
    Done done_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::checks

#pragma once
#include "aio/output_pump.hpp"
#include "aio/probe.hpp"
#include "aio/tail_ring.hpp"
#include "config/model.hpp"
#include "supervisor/side_program.hpp"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace talos::supervisor {

/// Whether a program exits with 0. It runs as the worker does, with its directory, environment and user. Of what it writes the last line is
/// part of the reason when it fails. The end of the probe is the end of the program and all that descends from it.
class ExecProbe final : public aio::Probe {
public:
    /// `spec` is the worker's, with the program's command.
    ExecProbe(Services& services, const config::WorkerSpec& spec)
        : services_(services), spec_(spec), program_(services, posix::CgroupKind::probe, spec.name, RunCgroup::Share::several) {}

    void start(Done done, Millis longest) override;

private:
    [[nodiscard]] Result<> spawn();
    void ended(const Result<ExitStatus>& result);
    void finish(Result<> result);

    Services& services_;
    const config::WorkerSpec& spec_;
    SideProgram program_;
    aio::TailRing tail_;
    std::optional<aio::OutputPump> output_;
    Done done_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace talos::supervisor

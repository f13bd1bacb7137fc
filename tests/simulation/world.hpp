#pragma once
#include "daemon/control_service.hpp"
#include "daemon/reload.hpp"
#include "engine/supervisor/supervisor.hpp"
#include "simulation/fake_disk.hpp"
#include "simulation/fake_kernel.hpp"
#include "simulation/rules.hpp"
#include "simulation/scenario.hpp"
#include "simulation/simulated_time.hpp"
#include "turn/recorder.hpp"
#include "turn/services.hpp"
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

namespace talos::simulation {

/// The engine of talosd as the daemon sets it up, on a kernel, clocks and a disk of the simulation.
class World final : public turn::Observer {
public:
    World(const Scenario& scenario, const std::string& folder, std::string* told);
    ~World() override;

    void begin();
    void take(const Step& step);
    /// talosd is stopped; everything must come to its end.
    void come_down();

    [[nodiscard]] const std::string& broken() const { return rules_->broken(); }
    [[nodiscard]] std::uint64_t events() const { return events_; }
    [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

    void named(std::size_t, std::string_view) override {}
    void transition(const turn::Record& record) override;
    void output(std::size_t, logs::Stream, std::string_view) override {}
    void bare_output(logs::Stream, std::string_view) override {}
    void output_end(std::size_t) override {}
    void about(std::size_t, turn::Level, std::string_view text) override { tell(text); }
    void message(turn::Level level, std::string_view text) override;

private:
    void make_engine();
    [[nodiscard]] config::Config parse(const ConfigDraft& draft);
    void settle();
    void pass(Millis time);
    void write_down();
    void tell(std::string_view text);
    void tell_of(const Process& process, const std::string& what);
    void command(const Step& step, Rolls& rolls);
    void act_from_outside(const Step& step, Rolls& rolls);
    [[nodiscard]] std::string pick_worker(Rolls& rolls) const;
    [[nodiscard]] pid_t pick_process(Rolls& rolls) const;

    const Scenario& scenario_;
    std::string config_path_;
    std::string* told_;
    aio::asio::io_context io_{1};
    SimulatedTime time_;
    FakeKernel kernel_;
    FakeDisk disk_;
    std::vector<config::Config> configs_;
    std::unique_ptr<Rules> rules_;
    state::DataDirectory files_;
    std::unique_ptr<turn::Recorder> recorder_;
    std::unique_ptr<turn::Services> services_;
    std::unique_ptr<engine::Supervisor> supervisor_;
    std::unique_ptr<daemon::Reload> reload_;
    std::unique_ptr<daemon::ControlService> service_;
    state::Requester by_{};
    bool finished_ = false;
    std::uint64_t events_ = 0;
    std::uint64_t probes_ = 0;
    std::uint64_t fingerprint_ = 0;
};

}   // namespace talos::simulation

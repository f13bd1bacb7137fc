// daemon: talosd as a program: start-up, signals, reload, its log, the service manager, the API's service.
// This room connects the floors below.
// Begin with daemon.hpp.
#pragma once
#include "api/service.hpp"
#include "daemon/measuring.hpp"
#include "daemon/reload.hpp"
#include "engine/supervisor/supervisor.hpp"
#include "turn/recorder.hpp"
#include <functional>
#include <memory>
#include <set>
#include <string>

namespace talos::daemon {

/// Implements the control API's service with the supervisor.
class ControlService final : public api::Service {
public:
    using Shutdown = std::function<void(bool force, const state::Requester& by)>;

    ControlService(turn::Services& services, engine::Supervisor& supervisor, turn::Recorder& recorder, Reload& reload,
                   Shutdown shutdown)
        : services_(services), supervisor_(supervisor), recorder_(recorder), reload_(reload), shutdown_(std::move(shutdown)) {}

    [[nodiscard]] state::StatusHead head() const override { return recorder_.head(); }
    [[nodiscard]] std::vector<api::Named> names() const override;
    [[nodiscard]] std::vector<api::GroupView> groups() const override { return reload_.groups(); }
    [[nodiscard]] std::optional<api::WorkerView> worker(std::string_view name) const override;
    [[nodiscard]] api::LogPlace log_of(std::string_view name) const override;
    [[nodiscard]] std::string journal_path() const override { return services_.files.event_file(); }
    [[nodiscard]] std::optional<api::ReloadProgress> reload_progress(std::uint64_t number) const override;
    [[nodiscard]] std::optional<api::ConfigChanges> config_changes() override { return reload_.config_changes(); }
    [[nodiscard]] std::string running_config() const override { return reload_.running_text(); }
    [[nodiscard]] std::unique_ptr<api::Measurement> measure() override;

    [[nodiscard]] Result<api::PendingCommand> ask(std::string_view name, api::Verb verb, const state::Requester& requester,
                                                  const api::Meant& meant) override;
    [[nodiscard]] std::vector<config::Affected> taken_along(const std::vector<std::string>& names) const override;
    [[nodiscard]] std::optional<api::Outcome> not_restarted(std::string_view name, const api::Meant& meant) const override;
    [[nodiscard]] api::RollAnswer roll(const std::vector<std::string>& names, const state::Requester& requester) override {
        return reload_.restart(names, requester);
    }
    [[nodiscard]] std::optional<api::ReloadProgress> roll_progress(std::uint64_t number) const override {
        return reload_.restart_progress(number);
    }
    [[nodiscard]] Result<> act(std::string_view name, api::Operation operation, const state::Requester& requester) override;
    [[nodiscard]] Result<> signal(std::string_view name, int signal, const state::Requester& requester) override;
    [[nodiscard]] api::ScaleAnswer scale(const std::vector<api::ScaleRequest>& requests,
                                         const state::Requester& requester) override {
        return reload_.scale(requests, requester);
    }
    [[nodiscard]] api::ReloadAnswer reload(const api::ReloadRequest& request, const state::Requester& requester) override;
    void shutdown(bool force, const state::Requester& requester) override { shutdown_(force, requester); }
    void refused(const state::Requester& requester, std::string_view what) override;
    void left_out(const std::string& sentence) override;
    void write_down() override { recorder_.write_down(); }
    void reap(pid_t child) override { services_.processes.helper(child); }
    [[nodiscard]] api::EventBus& event_bus() override { return services_.event_bus; }

private:
    [[nodiscard]] api::Metrics metrics(const Measuring::ByWorker& usage, const posix::ProcessStat* own) const;

    [[nodiscard]] Result<> set_disabled(const engine::Runner& runner, bool disabled);
    struct Exclusion {
        std::string why;       // empty: the command applies to the worker
        bool refused = true;   // false: skipped, because the command does not mean it
    };
    [[nodiscard]] Exclusion exclusion(const engine::Runner& runner, api::Verb verb, const api::Meant& meant) const;
    [[nodiscard]] static api::PendingCommand skipped(const engine::Runner& runner, api::Verb verb, std::string why);
    [[nodiscard]] std::string restart_refusal(const engine::Runner& runner, const api::Meant& meant) const;
    turn::Services& services_;
    engine::Supervisor& supervisor_;
    turn::Recorder& recorder_;
    Reload& reload_;
    Shutdown shutdown_;
    std::set<std::string> reported_left_out_;
};

}   // namespace talos::daemon

#pragma once
#include "api/service.hpp"
#include "config/files/account_inspection.hpp"
#include "config/files/config_file.hpp"
#include "config/model/model.hpp"
#include "engine/supervisor/roll.hpp"
#include "engine/supervisor/supervisor.hpp"
#include "http/routes/access.hpp"
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace talos::daemon {

/// Applies a changed config, or a changed number of instances, to a running talosd. Added and removed workers and live keys are
/// applied in the same turn. If an added worker has the command, a log file or a probed address of a removed one (it was
/// renamed), it is started once the removed one has stopped. Workers that need a restart are restarted one at a time (see Roll),
/// including workers whose dependency restarts them. A later reload takes over the unfinished work of an earlier one.
class Reload {
public:
    /// Applies changes of talosd's own keys.
    struct Callbacks {
        std::function<void(http::Access)> access;
    };

    /// `running` is the config without its workers. `read` is the record of its files; null for an ad hoc command. `config_files`
    /// reads the config again. `accounts` is the same as at the start.
    Reload(turn::Services& services, engine::Supervisor& supervisor, config::Config running,
           std::shared_ptr<config::ConfigRecord> read, config::ConfigFiles config_files, config::Accounts accounts,
           Callbacks callbacks);

    /// Whether the config files have changed; nullopt for an ad hoc command.
    [[nodiscard]] std::optional<api::ConfigChanges> config_changes() const;
    /// The running config in the format of config::show, with masked values.
    [[nodiscard]] std::string running_text() const;

    [[nodiscard]] api::ReloadAnswer ask(const api::ReloadRequest& request, const state::Requester* by);
    [[nodiscard]] std::optional<api::ReloadProgress> progress(std::uint64_t number) const;

    /// Restarts existing workers one at a time, dependencies first. Replaces an earlier restart.
    [[nodiscard]] api::RollAnswer restart(const std::vector<std::string>& names, const state::Requester& by);
    [[nodiscard]] std::optional<api::ReloadProgress> restart_progress(std::uint64_t number) const;

    /// Changes the number of instances of existing groups, until the next reload or permanently. New instances are made from the
    /// running config and started regardless of `autostart`. The instances with the highest numbers are removed. Other workers
    /// are not affected.
    [[nodiscard]] api::ScaleAnswer scale(const std::vector<api::ScaleRequest>& requests, const state::Requester& by);
    [[nodiscard]] std::vector<api::GroupView> groups() const;
    void note_groups();

    /// Continues pending restarts.
    void end_of_turn();

private:
    using Item = engine::Roll::Item;
    [[nodiscard]] static bool restarts(const engine::Runner& runner);
    /// Workers that restart or stop because of the workers that the plan restarts.
    [[nodiscard]] std::vector<config::Affected> affected_by(const config::Plan& plan, const config::Config& wanted) const;
    [[nodiscard]] config::Config running_config() const;
    void apply(const api::ReloadAnswer& answer, const config::Config& wanted, api::ReloadRequest::Roll pace);
    void apply(const config::Affected& affected, bool due, api::ReloadRequest::Roll pace);
    /// Workers that this or an earlier reload removes may still have processes. They must not run at the same time as an added
    /// worker with the same command, log or address.
    void start_after_removed(engine::Runner& added, const config::WorkerSpec& wanted, const config::Plan& plan);
    static void order_queue(engine::Roll& roll, const config::Config& wanted);
    void change(const config::WorkerChange& change, const config::WorkerSpec* wanted, const config::Plan& plan,
                api::ReloadRequest::Roll pace);
    [[nodiscard]] std::string replaced_text() const;
    void removed_meanwhile(std::string_view worker, std::string_view command);
    [[nodiscard]] std::optional<std::string> scale_complaint(const std::vector<api::ScaleRequest>& requests) const;
    [[nodiscard]] Result<> keep(const std::vector<api::ScaleRequest>& requests);
    void resize(const config::Group& group, std::uint32_t count, const engine::Why& why,
                std::vector<api::PendingCommand>& commands);
    [[nodiscard]] engine::Why why() const;

    turn::Services& services_;
    engine::Supervisor& supervisor_;
    config::Config head_;
    std::shared_ptr<config::ConfigRecord> read_;
    config::ConfigFiles config_files_;
    config::Accounts accounts_;
    Callbacks callbacks_;
    std::uint64_t number_ = 0;
    std::optional<state::Requester> by_;
    std::vector<Item> replaced_;   // of the previous reload, in their state when this one replaced it
    engine::Roll roll_;
    engine::Roll restarts_;
    std::vector<Item> replaced_restarts_;
    std::uint64_t restart_number_ = 0;
    std::optional<state::Requester> restarted_by_;
};

}   // namespace talos::daemon

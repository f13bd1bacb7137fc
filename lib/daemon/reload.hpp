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

/// Brings a changed config, or another number of instances, into a talosd that runs. What can be applied at once is applied in the same
/// turn: added and removed workers, live keys. An added worker that has the command, a log file or a probed address of a removed one (it
/// was renamed) is started once that one has stopped. Workers that have to be restarted for it are, one at a time (see Roll), those
/// whose dependency is restarted by it among them. A later reload takes over what an earlier one has not done yet.
class Reload {
public:
    /// What a running talosd makes of its own keys.
    struct Callbacks {
        std::function<void(http::Access)> access;
    };

    /// `running`: the config without its workers; `read`: what it was read from, null for an ad hoc command. `config_files` reads it
    /// again; `accounts`: as they were checked at the start.
    Reload(turn::Services& services, engine::Supervisor& supervisor, config::Config running,
           std::shared_ptr<config::ConfigRecord> read, config::ConfigFiles config_files, config::Accounts accounts,
           Callbacks callbacks);

    /// Whether a reload would read something else; nothing for an ad hoc command.
    [[nodiscard]] std::optional<api::ConfigChanges> config_changes() const;
    /// The config that is in force, as config::show has it, values masked.
    [[nodiscard]] std::string running_text() const;

    [[nodiscard]] api::ReloadAnswer ask(const api::ReloadRequest& wish, const state::Requester* by);
    [[nodiscard]] std::optional<api::ReloadProgress> progress(std::uint64_t number) const;

    /// Restarts them, which exist, one after the other, those that others depend on first. It takes the place of an earlier one.
    [[nodiscard]] api::RollAnswer restart(const std::vector<std::string>& names, const state::Requester& by);
    [[nodiscard]] std::optional<api::ReloadProgress> restart_progress(std::uint64_t number) const;

    /// Changes the number of instances, until the next reload or for good; the groups exist. New ones are made of the pattern that is in force and
    /// started, whatever `autostart` says; those with the highest numbers go. Nobody else is touched.
    [[nodiscard]] api::ScaleAnswer scale(const std::vector<api::ScaleRequest>& wishes, const state::Requester& by);
    [[nodiscard]] std::vector<api::GroupView> groups() const;
    void note_groups();

    /// Goes on with the restarts.
    void end_of_turn();

private:
    using Item = engine::Roll::Item;
    [[nodiscard]] static bool restarts(const engine::Runner& runner);
    /// Workers that restart or stop with those that the plan restarts.
    [[nodiscard]] std::vector<config::Affected> affected_by(const config::Plan& plan, const config::Config& wanted) const;
    [[nodiscard]] config::Config running_config() const;
    void apply(const api::ReloadAnswer& answer, const config::Config& wanted, api::ReloadRequest::Roll pace);
    void apply(const config::Affected& affected, bool due, api::ReloadRequest::Roll pace);
    /// Workers that this reload or an earlier one removes, and that still have processes, are not to run beside the added one where both
    /// have the same command, log or address.
    void start_after_removed(engine::Runner& added, const config::WorkerSpec& wanted, const config::Plan& plan);
    static void order_queue(engine::Roll& roll, const config::Config& wanted);
    void change(const config::WorkerChange& change, const config::WorkerSpec* wanted, const config::Plan& plan,
                api::ReloadRequest::Roll pace);
    [[nodiscard]] std::string replaced_text() const;
    void removed_meanwhile(std::string_view worker, std::string_view command);
    [[nodiscard]] std::optional<std::string> scale_complaint(const std::vector<api::ScaleRequest>& wishes) const;
    [[nodiscard]] Result<> keep(const std::vector<api::ScaleRequest>& wishes);
    void resize(const config::Group& group, std::uint32_t count, const engine::Why& why,
                std::vector<api::PendingCommand>& wishes);
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
    std::vector<Item> replaced_;   // of the reload before, as they stood when this one took over
    engine::Roll roll_;
    engine::Roll restarts_;
    std::vector<Item> replaced_restarts_;
    std::uint64_t restart_number_ = 0;
    std::optional<state::Requester> restarted_by_;
};

}   // namespace talos::daemon

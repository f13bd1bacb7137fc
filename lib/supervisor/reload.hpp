#pragma once
#include "config/model.hpp"
#include "daemon/account_inspection.hpp"
#include "control/access.hpp"
#include "control/service.hpp"
#include "daemon/config_file.hpp"
#include "supervisor/roll.hpp"
#include "supervisor/supervisor.hpp"
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace talos::supervisor {

/// Brings a changed config, or another number of instances, into a talosd that runs. What can be applied at once is applied in the same
/// turn: added and removed workers, live keys. An added worker that has the command, a log file or a probed address of a removed one (it
/// was renamed) is started once that one has stopped. Workers that have to be restarted for it are, one at a time (see Roll), those
/// whose dependency is restarted by it among them. A later reload takes over what an earlier one has not done yet.
class Reload {
public:
    /// What a running talosd makes of its own keys.
    struct Hooks {
        std::function<void(control::Access)> access;
    };

    /// `running`: the config without its workers; `read`: what it was read from, null for an ad hoc command. `config_files` reads it
    /// again; `accounts`: as they were checked at the start.
    Reload(Services& services, Supervisor& supervisor, config::Config running, std::shared_ptr<daemon::ConfigRecord> read,
           daemon::ConfigFiles config_files, daemon::Accounts accounts, Hooks hooks);

    /// Whether a reload would read something else; nothing for an ad hoc command.
    [[nodiscard]] std::optional<control::ConfigNews> config_news() const;
    /// The config that is in force, as config::show has it, values masked.
    [[nodiscard]] std::string running_text() const;

    [[nodiscard]] control::ReloadAnswer ask(const control::ReloadWish& wish, const daemon::Asker* by);
    [[nodiscard]] std::optional<control::ReloadProgress> progress(std::uint64_t number) const;

    /// Restarts them, which exist, one after the other, those that others depend on first. It takes the place of an earlier one.
    [[nodiscard]] control::RollAnswer restart(const std::vector<std::string>& names, const daemon::Asker& by);
    [[nodiscard]] std::optional<control::ReloadProgress> restart_progress(std::uint64_t number) const;

    /// Changes the number of instances, until the next reload or for good; the groups exist. New ones are made of the pattern that is in force and
    /// started, whatever `autostart` says; those with the highest numbers go. Nobody else is touched.
    [[nodiscard]] control::ScaleAnswer scale(const std::vector<control::ScaleWish>& wishes, const daemon::Asker& by);
    [[nodiscard]] std::vector<control::GroupView> groups() const;
    void note_groups();

    /// Goes on with the restarts.
    void end_of_turn();

private:
    using Item = Roll::Item;
    [[nodiscard]] static bool restarts(const Runner& runner);
    /// Workers that restart or stop with those that the plan restarts.
    [[nodiscard]] std::vector<config::Affected> affected_by(const config::Plan& plan, const config::Config& wanted) const;
    [[nodiscard]] config::Config running_config() const;
    void apply(const control::ReloadAnswer& answer, const config::Config& wanted, control::ReloadWish::Roll pace);
    void apply(const config::Affected& affected, bool due, control::ReloadWish::Roll pace);
    /// Workers that this reload or an earlier one removes, and that still have processes, are not to run beside the added one where both
    /// have the same command, log or address.
    void start_after_removed(Runner& added, const config::WorkerSpec& wanted, const config::Plan& plan);
    static void order_queue(Roll& roll, const config::Config& wanted);
    void change(const config::WorkerChange& change, const config::WorkerSpec* wanted, const config::Plan& plan, control::ReloadWish::Roll pace);
    [[nodiscard]] std::string replaced_text() const;
    void removed_meanwhile(std::string_view worker, std::string_view command);
    [[nodiscard]] std::optional<std::string> scale_complaint(const std::vector<control::ScaleWish>& wishes) const;
    [[nodiscard]] Result<> keep(const std::vector<control::ScaleWish>& wishes);
    void resize(const config::Group& group, std::uint32_t count, const Why& why, std::vector<control::Wish>& wishes);
    [[nodiscard]] Why why() const;

    Services& services_;
    Supervisor& supervisor_;
    config::Config head_;
    std::shared_ptr<daemon::ConfigRecord> read_;
    daemon::ConfigFiles config_files_;
    daemon::Accounts accounts_;
    Hooks hooks_;
    std::uint64_t number_ = 0;
    std::optional<daemon::Asker> by_;
    std::vector<Item> replaced_;           // of the reload before, as they stood when this one took over
    Roll roll_;
    Roll restarts_;
    std::vector<Item> replaced_restarts_;
    std::uint64_t restart_number_ = 0;
    std::optional<daemon::Asker> restarted_by_;
};

}  // namespace talos::supervisor

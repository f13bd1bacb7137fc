#pragma once
#include "config/model.hpp"
#include "daemon/account_inspection.hpp"
#include "control/access.hpp"
#include "control/service.hpp"
#include "daemon/config_file.hpp"
#include "supervisor/supervisor.hpp"
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace talos::supervisor {

/// Brings a changed config, or another number of instances, into a talosd that runs. What can be applied at once is applied in the same
/// turn: added and removed workers, live keys. An added worker that has the command, a log file or a probed address of a removed one (it
/// was renamed) is started once that one has stopped. Workers that have to be restarted for it are, one at a time: the next one once the last one
/// is up; when one does not come up, the rest keeps running as it is. A later reload takes over what an earlier one has not done yet.
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

    /// Changes the number of instances, until the next reload or for good; the groups exist. New ones are made of the pattern that is in force and
    /// started, whatever `autostart` says; those with the highest numbers go. Nobody else is touched.
    [[nodiscard]] control::ScaleAnswer scale(const std::vector<control::ScaleWish>& wishes, const daemon::Asker& by);
    [[nodiscard]] std::vector<control::GroupView> groups() const;
    void note_groups();

    /// Goes on with the restarts.
    void end_of_turn();

private:
    struct Item {
        std::string worker;
        std::optional<control::Wish> wish;   // none: waits for its turn
        std::string waits_for{};             // why, in words; empty: for other restarts
        control::Outcome outcome;
    };
    [[nodiscard]] config::Config running_config() const;
    void apply(const config::Plan& plan, const config::Config& wanted, control::ReloadWish::Roll roll);
    /// Workers that this reload or an earlier one removes, still with processes, that `added` must not run beside; `why` says what they share.
    [[nodiscard]] std::vector<std::string> in_the_way_of(const config::WorkerSpec& added, const config::Plan& plan, std::string& why) const;
    void start_delayed();
    void order_queue(const config::Config& wanted);
    void change(const config::WorkerChange& change, const config::WorkerSpec* wanted, const config::Plan& plan, control::ReloadWish::Roll roll);
    void follow(Item& item);
    void restart(Item& item);
    void give_up(std::string_view failed);
    void replace();
    void removed_meanwhile(std::string_view worker, std::string_view command);
    [[nodiscard]] static control::ReloadProgress progress_of(const std::vector<Item>& items);
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
    std::vector<Item> items_;
    struct Delayed {
        std::string worker;
        std::vector<std::string> after;    // removed ones; starts once none of them has a process
    };
    std::vector<Delayed> delayed_;         // outlives the reload: a later one that does not change the worker does not start it either
    std::vector<Item> replaced_;           // of the reload before, as they stood when this one took over
    std::deque<std::size_t> queue_;        // of items whose restart is still to come
    std::optional<std::size_t> current_;   // the one that is being restarted
};

}  // namespace talos::supervisor

#pragma once
#include "api/pending_command.hpp"
#include "api/service.hpp"
#include "config/model/model.hpp"
#include "config/use/affected.hpp"
#include "engine/supervisor/supervisor.hpp"
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace talos::engine {

/// Restarts of workers, one at a time: the next one once the last one is up; when one does not come up, the rest runs on as it was. A worker
/// is not taken down while what it depends on is not there, nor while another instance of its group has failed with the new config.
class Roll {
public:
    enum class Kind : std::uint8_t {
        change,     ///< its config says something else: started, removed or restarted
        restart,    ///< no other config: restarted all the same
        affected,   ///< its dependency restarts
    };
    struct Item {
        std::string worker;
        Kind kind = Kind::change;
        std::optional<api::PendingCommand> wish{};   ///< none: nothing was asked for yet
        std::string after{};                         ///< affected: its dependency
        config::Dependency::OnFailure how{};         ///< affected
        bool due = false;                            ///< affected: its dependency is back
        std::uint64_t attempts = 0;                  ///< its spawns when this began
        api::Outcome outcome{};
    };

    /// `word`: what this is, for messages; a word of the program's.
    Roll(turn::Services& services, Supervisor& supervisor, std::string_view word)
        : services_(services), supervisor_(supervisor), word_(word) {}

    /// Nothing more is going to come: the items as they stand. Those that are still pending are told the reason.
    [[nodiscard]] std::vector<Item> end(const std::string& reason);
    Item& add(Item item);
    /// It waits for its turn.
    void enqueue(Item item);
    /// By this order of the workers, which is kept among those that have no place in it.
    void sort_queue(const std::vector<std::string_view>& order);
    [[nodiscard]] std::vector<Item>& items() { return items_; }
    [[nodiscard]] const std::vector<Item>& items() const { return items_; }

    /// The worker lost its dependency, which is back: true when its turn is to come, and nothing else is to restart it.
    [[nodiscard]] bool takes(const Runner& runner);
    /// Those of whom takes() said so and whose turn has not come.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> owed() const;

    /// It is to be restarted for its own config, and its turn has not come.
    [[nodiscard]] bool is_due(const Runner& runner) const;

    /// At once, without waiting for a turn. start(): of one that is to be down by now.
    void restart(Item& item, const Why& why);
    void start(Item& item, const Why& why);
    void end_of_turn(const Why& why);

    [[nodiscard]] static api::ReloadProgress progress_of(const std::vector<Item>& items);

private:
    enum class Turn : std::uint8_t { taken, waits };
    void go_on(const Why& why);
    [[nodiscard]] Turn take_turn(Item& item, const Why& why);
    [[nodiscard]] std::optional<Turn> wait_for_group(Item& item, const Runner& runner);
    [[nodiscard]] Turn wait_for_dependency(Item& item, const Runner& runner);
    void follow(Item& item);
    [[nodiscard]] bool fails_with_cause(Item& item, const Runner* runner);
    void follow_affected(Item& item, const Runner* runner);
    [[nodiscard]] bool leaves(const Item& item) const;
    void give_up(std::string_view failed);
    [[nodiscard]] const Item* failed_since() const;
    [[nodiscard]] const Item* find(std::string_view worker) const;
    void fail(Item& item, std::string reason) const;

    turn::Services& services_;
    Supervisor& supervisor_;
    std::string_view word_;
    std::vector<Item> items_;
    std::deque<std::size_t> queue_;        // of items whose restart is still to come
    std::optional<std::size_t> current_;   // the one that is being restarted
};

/// As the worker is now.
[[nodiscard]] api::Outcome outcome_of(api::Outcome::What what, const Runner* runner, std::string reason = {});

}   // namespace talos::engine

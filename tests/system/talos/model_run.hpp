#pragma once
#include "support/random_steps.hpp"
#include "system/talos/model_fleet.hpp"
#include "system/talos/model_history.hpp"
#include "system/talos/socket_request.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Random commands, kills and reloads against a real talosd, and what must be true of it afterwards.
namespace talos::test::model {

/// `dice` decides all that the kind leaves open, so that a step means the same when others are left out.
struct Step {
    enum class Kind : std::uint8_t {
        command,     ///< start, stop or restart of some, with or without waiting for the result
        kill_main,   ///< SIGKILL from outside
        signal,      ///< through talosd
        reload,      ///< of an edited config
        breathe,     ///< a few turns of talosd's loop
        settle       ///< everything answered and at rest: look at it
    };
    Kind kind;
    std::uint64_t dice;
};

[[nodiscard]] std::vector<Step> random_steps(std::uint64_t seed, std::size_t bursts);

class Run {
public:
    Run();

    /// What is wrong, in words; nothing when all is well. It settles at the end, and stops talosd.
    [[nodiscard]] std::optional<std::string> take(const std::vector<Step>& steps);
    /// The steps that were taken, one a line.
    [[nodiscard]] const std::string& told() const { return told_; }
    /// The last lines of the history, and the status.
    [[nodiscard]] std::string picture() const;

private:
    struct Asked {
        std::string verb;   ///< empty: a reload or a signal
        std::string target;
        bool all = false;
        std::vector<std::string> names;   ///< that stand in it
        bool waits = false;               ///< long enough for every result to be decided
        std::int64_t since = 0;           ///< of the history, before it was asked
        std::unique_ptr<SocketRequest> request;
        std::int64_t until = 0;   ///< of the history, when the answer was seen
        bool answered = false;
    };

    void perform(const Step& step);
    void command(Dice& dice);
    void kill_main(Dice& dice);
    void signal(Dice& dice);
    void reload(Dice& dice);
    void ask(Asked asked);
    void collect();
    [[nodiscard]] bool all_answered();

    [[nodiscard]] boost::json::object ask_status();
    [[nodiscard]] std::optional<std::string> settle();
    [[nodiscard]] std::optional<std::string> judge(const Asked& asked, const History& history) const;
    [[nodiscard]] std::optional<std::string> judge_results(const Asked& asked, const boost::json::array& results,
                                                           const History& history) const;
    [[nodiscard]] std::optional<std::string> finish();
    void tell(const std::string& what) { told_ += std::to_string(++number_) + ". " + what + '\n'; }

    Fleet fleet_;
    Daemon daemon_;
    std::vector<Asked> asked_;
    std::set<std::string> unsettled_;   ///< edited since everything was last at rest
    std::string told_;
    int number_ = 0;
};

}   // namespace talos::test::model

// engine/runner: One worker: it carries out what the state machine decides and feeds back what happened.
// Its hooks, output and dependencies are here too.
// Begin with runner.hpp.
#pragma once
#include "config/model/dependency_graph.hpp"
#include "engine/runner/runner.hpp"
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace talos::engine {

/// `added` takes the place of `removed`, which is leaving: it is not started before that one is gone.
struct Succession {
    const Runner* added;
    const Runner* removed;
    std::string shared;   ///< what both have, in words
};

/// What is to come of a reload.
struct Changes {
    std::vector<Succession> successions{};
    std::function<bool(const Runner&)> awaits_restart{};   ///< it is to be restarted, and its turn has not come yet; may be empty
};

/// What workers do to each other. It learns which runners have changed, and at the end of the turn looks at those who depend on them and
/// at those whom they depend on: who is held back, who may start, who has to go first. There is one only where the config has `dependsOn`,
/// or a worker takes another one's place.
class Dependencies {
public:
    Dependencies(turn::Services& services, const Changes& changes) : services_(services), changes_(changes) {}

    /// Examines all runners, because they or their dependencies changed. settle() follows.
    void rebuild(const std::vector<std::unique_ptr<Runner>>& runners);

    /// Something about it may not be what it was.
    void changed(const Runner& runner);
    /// Decides on those who have changed, and on whoever is changed by that.
    void settle();

    [[nodiscard]] bool empty() const { return edges_.empty(); }
    /// Others depend on it: its stop may have to wait for theirs.
    [[nodiscard]] bool has_dependents(const Runner& runner) const;
    /// Starts, for workers that were asked to start, those they need that nobody wants up or that have given up.
    void pull_in(const std::vector<turn::AskedUp>& asked);

    /// `db to be ready, cache (fatal) to be started`: what of it is not there; empty when all is.
    [[nodiscard]] std::string awaited_by(const Runner& runner) const;
    /// Those workers, by name.
    [[nodiscard]] std::vector<std::string> missing_for(const Runner& runner) const;
    /// One of these, or of those that they wait for themselves, that has given up: nothing will come by itself. Null: none.
    [[nodiscard]] const Runner* blocker_of(const Runner& runner) const;
    /// It has lost one of these, and is to be restarted once that is back.
    [[nodiscard]] bool restarts_later(const Runner& runner) const;
    /// A removed worker is to stop after this one, and an added one to start after that: this one goes down first, whatever it waits for.
    [[nodiscard]] bool is_in_the_way(const Runner& runner) const;
    /// `web, api`: whom its stop waits for.
    [[nodiscard]] std::string waited_for_by(const Runner& runner) const;

private:
    struct Edge {
        enum class Kind : std::uint8_t {
            need,         // of `dependsOn`
            former,       // was one until the config changed: the dependency still stops after the dependent
            succession,   // the dependency is leaving, and the dependent takes its place: it starts once that one is gone
        };
        std::size_t dependent;
        std::size_t dependency;
        config::Dependency::Condition condition;
        config::Dependency::OnFailure on_failure;
        Kind kind = Kind::need;
        bool met = false;
        bool lost = false;       // it was met while the dependent was up, which is to be restarted once it is again
        bool replaced = false;   // former: others have the dependency's name; those who stop with it have not been stopped
    };
    struct Node {
        Runner* runner;
        std::string name;
        std::vector<std::size_t> needs{};   // edges
        std::vector<std::size_t> needed_by{};
        std::size_t unmet = 0;
        bool noted = false;   // stands in changed_
    };

    struct Before {
        std::vector<Node> nodes;
        std::vector<Edge> edges;
    };
    using EdgesByName = std::unordered_map<std::string_view, const Edge*>;   // by the dependency's
    [[nodiscard]] static EdgesByName needs_of(const Node& node, const Before& before);
    [[nodiscard]] bool is_replaced(const config::DependencyGraph& graph, const config::DependencyGraph::Edge& left,
                                   const EdgesByName& before) const;
    using Replaced = std::vector<std::pair<std::size_t, std::size_t>>;   // dependent and dependency
    void connect_needs(const config::DependencyGraph& graph, const Before& before, Replaced& replaced);
    void pass_on_losses(const Node& node, const EdgesByName& before);
    void keep_former(const Before& before, const Replaced& replaced);
    void connect_successions();
    [[nodiscard]] bool reaches(std::size_t from, std::size_t to) const;
    void connect(const config::DependencyGraph::Edge& edge, const EdgesByName& before);
    [[nodiscard]] const Node* find(const Runner& runner) const;
    void pull_in(const turn::AskedUp& asked, std::vector<bool>& seen);
    void note(std::size_t node);
    void look_at(std::size_t node);
    void follow(Edge& edge, bool met);
    void take_along(const Edge& edge);
    static void restart(Node& node, std::string_view reason, state::ReasonCode reason_code);
    void hold_or_release(Node& node);
    void let_go_down(Node& node);
    [[nodiscard]] bool goes_first(const Edge& edge) const;

    turn::Services& services_;
    const Changes& changes_;
    std::vector<Node> nodes_;
    std::vector<Edge> edges_;
    std::vector<std::size_t> former_;   // edges
    std::unordered_map<const Runner*, std::size_t> places_;
    std::vector<std::size_t> changed_;
};

}   // namespace talos::engine

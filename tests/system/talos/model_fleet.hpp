#pragma once
#include "support/random_steps.hpp"
#include "system/talos/daemon.hpp"
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

/// The workers of the random runs, and their config as it changes.
namespace talos::test::model {

struct Member {
    std::string name;
    std::vector<std::string> command;
    std::string extra;                ///< of its config
    std::set<std::string> rests_in;   ///< where it may come to rest by itself while it is wanted up
    bool runs = true;                 ///< it may stay `running`
    std::size_t most_processes = 1;   ///< of one run
};

/// In the config's order.
[[nodiscard]] const std::vector<Member>& members();
[[nodiscard]] const Member& member(const std::string& name);

class Fleet {
public:
    Fleet();
    /// One of its workers comes, goes, or is changed in a key that needs a restart or in one that takes effect at once.
    /// Returns what was done, in words.
    std::string edit(Dice& dice);
    [[nodiscard]] std::string config() const;
    [[nodiscard]] bool has(const std::string& name) const { return entries_.at(name).present; }
    /// What the environment of its process says once the config is applied.
    [[nodiscard]] std::string variant(const std::string& name) const;
    /// Those edited since the last call.
    [[nodiscard]] std::set<std::string> take_edited() { return std::exchange(edited_, {}); }

private:
    struct Entry {
        bool present = true;
        int variant = 0;
        int wait_ms = 100;
    };
    std::map<std::string, Entry> entries_;
    std::set<std::string> edited_;
};

}   // namespace talos::test::model

#pragma once
#include "system/talos/daemon.hpp"
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// The journal as the random runs read it: what was when, and whether it makes sense at all.
namespace talos::test::model {

struct Line {
    std::int64_t sequence = 0;
    std::string worker, from, to, cause;
    pid_t pid = 0;
    bool removed = false;   ///< it left the config and was at rest
};

class History {
public:
    /// Everything written so far; a line that is still being written is left out.
    explicit History(const Daemon& daemon);

    [[nodiscard]] std::int64_t last() const { return lines_.empty() ? 0 : lines_.back().sequence; }
    /// What is wrong with the sequence or with one worker's chain of states, in words; empty: nothing.
    [[nodiscard]] std::string flaw() const;
    /// The state that the chain ends in.
    [[nodiscard]] std::string state_of(const std::string& worker) const;
    /// Whether it is wanted up as far as the commands tell; nothing for one that has none.
    [[nodiscard]] std::optional<bool> wanted_up(const std::string& worker) const;

    /// The states that the worker had from the line `since` to the line `until`, and the one right after: an answer may be seen before
    /// the line about a spawn of the same turn is written. `removed` stands for none.
    [[nodiscard]] std::set<std::string> states(const std::string& worker, std::int64_t since, std::int64_t until) const;
    /// Whether a line with one of these causes, or to that state, came after `since`.
    [[nodiscard]] bool caused(const std::string& worker, const std::set<std::string>& causes, std::int64_t since) const;
    [[nodiscard]] bool entered(const std::string& worker, const std::string& state, std::int64_t since) const;
    [[nodiscard]] bool had_pid(const std::string& worker, pid_t pid) const;
    /// The last lines as they stand in the file, for whoever has to find out.
    [[nodiscard]] std::string tail() const;

private:
    std::vector<Line> lines_;
    std::vector<std::string> texts_;
};

}   // namespace talos::test::model

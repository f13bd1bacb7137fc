#pragma once
#include "config/load/saved_scale.hpp"
#include "core/result.hpp"
#include "state/data_directory.hpp"
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace talos::state {

/// Settings that commands changed and that talosd keeps across restarts, in overrides.json in the data directory. Entries of
/// workers that are not in the config are kept, because the workers may be added again.
struct Overrides {
    std::set<std::string, std::less<>> disabled;   ///< workers that start only when a command names them
    config::Scales instances;                      ///< instance counts that replace those in the config
    std::map<std::string, std::string> unknown;    ///< members written by a newer talosd, as JSON; kept unchanged
    [[nodiscard]] bool empty() const { return disabled.empty() && instances.empty() && unknown.empty(); }
    friend bool operator==(const Overrides&, const Overrides&) = default;
};

/// `{"disabled": ["web"], "instances": {"api": 4}}`. Pure.
[[nodiscard]] std::string to_json(const Overrides& overrides);
/// Parses the text. A failure names the invalid member.
[[nodiscard]] Result<Overrides> parse_overrides(std::string_view text);

/// Returns empty overrides if the file does not exist. Fails if other users could have written it, or if it cannot be read or
/// parsed.
[[nodiscard]] Result<Overrides> read_overrides(const DataDirectory& files);
/// Replaces the file atomically and flushes it to disk. Removes the file if there are no overrides.
[[nodiscard]] Result<> write_overrides(const DataDirectory& files, const Overrides& overrides);

}   // namespace talos::state

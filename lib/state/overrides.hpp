#pragma once
#include "config/load/saved_scale.hpp"
#include "core/result.hpp"
#include "state/data_directory.hpp"
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace talos::state {

/// What commands have set against the config and talosd keeps across restarts, in overrides.json of the data directory. Workers that are not
/// in the config keep their entries: they may come back.
struct Overrides {
    std::set<std::string, std::less<>> disabled;   ///< workers that start when a command names them, only
    config::Scales instances;                      ///< numbers of instances in place of the config's
    std::map<std::string, std::string> unknown;    ///< members that a newer talosd wrote, as JSON: they are kept
    [[nodiscard]] bool empty() const { return disabled.empty() && instances.empty() && unknown.empty(); }
    friend bool operator==(const Overrides&, const Overrides&) = default;
};

/// `{"disabled": ["web"], "instances": {"api": 4}}`. Pure.
[[nodiscard]] std::string to_json(const Overrides& overrides);
/// A failure says which member is wrong.
[[nodiscard]] Result<Overrides> parse_overrides(std::string_view text);

/// Nothing is overridden where there is no file. Fails for one that others could have written, and for one that cannot be read or understood.
[[nodiscard]] Result<Overrides> read_overrides(const DataDirectory& files);
/// Replaces the file in one step and has it on disk when this returns; removes it when nothing is overridden.
[[nodiscard]] Result<> write_overrides(const DataDirectory& files, const Overrides& overrides);

}   // namespace talos::state

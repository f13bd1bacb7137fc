#pragma once
#include "cli/session/context.hpp"
#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

/// Notes that the config files differ from the config that talosd has loaded.
namespace talos::cli {

/// `talos.json has changed since it was loaded; see talosctl reload --dry-run`; without file names, which not every user may see,
/// `the config`. Pure.
[[nodiscard]] std::string changed_sentence(const std::vector<std::string>& files);

/// Prints the note on stderr if a status document reports changes.
void note_changed_config(const Context& context, const state::StatusHead& head);
/// Prints the note if the answer to a command reports changes.
void note_changed_config(const Context& context, const boost::json::object& answer);

}   // namespace talos::cli

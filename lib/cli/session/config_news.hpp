#pragma once
#include "cli/session/context.hpp"
#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

/// That a config says something else than what talosd runs with.
namespace talos::cli {

/// `talos.json changed since it was loaded: talosctl reload --dry-run`; without files, which not everyone may know, `the config`. Pure.
[[nodiscard]] std::string changed_sentence(const std::vector<std::string>& files);

/// Says it on stderr, when the document of a status says so.
void tell_changed_config(const Context& context, const state::StatusHead& head);
/// When the answer to a command says so.
void tell_changed_config(const Context& context, const boost::json::object& answer);

}   // namespace talos::cli

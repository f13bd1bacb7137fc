#pragma once
#include "cli/session/context.hpp"
#include "cli/views/why_text.hpp"
#include "http/client/client.hpp"
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace talos::cli {

using WorkerNames = std::map<std::string, std::string>;   ///< with their groups

/// Adds what the history contains about each worker. Reads backwards until enough is known of all. Workers found on the way are
/// added to `names`.
[[nodiscard]] Result<> read_history(const std::string& path, std::vector<WhyFacts>& stories, WorkerNames& names);

/// The same for one worker over the socket, which sends the whole stored history, oldest first.
[[nodiscard]] Result<http::Response> ask_history(http::Client& client, WhyFacts& story, WorkerNames& names);

/// The last lines of the run that ended: from the history, else from the worker's log if `manager` is given.
void add_last_lines(const Context& context, const client::DaemonManager* manager, WhyFacts& story);

}   // namespace talos::cli

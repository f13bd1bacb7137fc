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

/// Fills in what the history has about each worker, read backwards until enough is known of all. Every worker that is met on the way is
/// added to `names`.
[[nodiscard]] Result<> read_history(const std::string& path, std::vector<WhyFacts>& stories, WorkerNames& names);

/// The same for one worker over the socket, where the whole kept history comes oldest first.
[[nodiscard]] Result<http::Response> ask_history(http::Client& client, WhyFacts& story, WorkerNames& names);

/// The last lines of the run that ended: of the history, else of the worker's log where `manager` is given.
void add_last_lines(const Context& context, const client::DaemonManager* manager, WhyFacts& story);

}   // namespace talos::cli

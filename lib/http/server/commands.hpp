#pragma once
#include "http/routes/route.hpp"
#include "http/server/exchange.hpp"
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Executes API commands: rights, answers, waits.
namespace talos::http {

/// Executes the command and sends the answer.
[[nodiscard]] Task execute(Exchange& exchange, const api::Command& command);

// --- commands that wait
[[nodiscard]] Task ask(Exchange& exchange, api::command::Ask command);
[[nodiscard]] Task scale(Exchange& exchange, api::command::Scale command);
[[nodiscard]] Task reload(Exchange& exchange, api::command::Reload command);
[[nodiscard]] Task stream_events(Exchange& exchange, api::command::Events command);
[[nodiscard]] Task stream_logs(Exchange& exchange, api::command::Logs command);

// --- rights
using May = config::AccessRule::May;
/// The worker names that the words select among those that the peer may see. A problem if a word matches nothing, or a worker
/// that the peer may not `what`. `control` counts as one command for each worker.
[[nodiscard]] std::variant<std::vector<std::string>, Problem> choose(Exchange& exchange, const std::vector<std::string>& words,
                                                                     May what);
/// Why these groups cannot be scaled: a name is not a group, or the peer may not control all current and future instances.
/// nullopt if they can.
[[nodiscard]] std::optional<Problem> refusal(Exchange& exchange, const std::vector<api::ScaleRequest>& requests);
/// For commands on talosd as a whole; `control` counts as a command. The problem is a 403, which the service records.
[[nodiscard]] std::optional<Problem> forbidden(Exchange& exchange, May what);
/// Why the peer may not open another endless stream; nullopt if it may, in which case the stream is counted.
[[nodiscard]] std::optional<Problem> too_many_streams(Exchange& exchange);

}   // namespace talos::http

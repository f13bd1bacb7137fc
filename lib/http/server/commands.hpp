#pragma once
#include "http/routes/route.hpp"
#include "http/server/exchange.hpp"
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What the API does: rights, answers, waits.
namespace talos::http {

/// Answers the request with what comes of the command.
[[nodiscard]] Task execute(Exchange& exchange, const api::Command& command);

// --- those that take their time
[[nodiscard]] Task ask(Exchange& exchange, api::command::Ask command);
[[nodiscard]] Task scale(Exchange& exchange, api::command::Scale command);
[[nodiscard]] Task reload(Exchange& exchange, api::command::Reload command);
[[nodiscard]] Task stream_events(Exchange& exchange, api::command::Events command);
[[nodiscard]] Task stream_logs(Exchange& exchange, api::command::Logs command);

// --- rights
using May = config::AccessRule::May;
/// The names that the words mean among those that the peer may see; a problem when one means nobody, or somebody it may not `what`.
/// `control` counts as a command to each of them.
[[nodiscard]] std::variant<std::vector<std::string>, Problem> choose(Exchange& exchange, const std::vector<std::string>& words,
                                                                     May what);
/// Why these cannot be scaled: one of them is no group, or the peer may not control all instances that there are or would be.
[[nodiscard]] std::optional<Problem> refusal(Exchange& exchange, const std::vector<api::ScaleRequest>& wishes);
/// About talosd as a whole; `control` counts as a command. The problem is a 403, which the service records.
[[nodiscard]] std::optional<Problem> forbidden(Exchange& exchange, May what);
/// Why the peer cannot have one more stream that goes on until it is ended; nothing when it has one from here on.
[[nodiscard]] std::optional<Problem> too_many_streams(Exchange& exchange);

}   // namespace talos::http

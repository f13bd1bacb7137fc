// http/server: The API on a Unix socket: connections, fairness, answers, streams. Code behind api/service.hpp decides what a
// request does. Begin with server.hpp.
#pragma once
#include "api/documents.hpp"
#include "http/server/exchange.hpp"
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Answers that wait for a result.
namespace talos::http {

/// One check of the awaited commands: the current results, and whether they are final.
struct AwaitedResults {
    std::function<bool(api::Results&)> results;
    std::function<std::string(const api::Results&)> document;
};

/// Answers when the results are final, the time limit has passed, or the server closes; in the last two cases with the current
/// results. With `stream` each result is sent whenever it changes.
[[nodiscard]] Task answer_when_decided(Exchange& exchange, Millis wait, bool stream, AwaitedResults awaited);

struct PendingCommands {
    std::vector<std::optional<api::PendingCommand>> commands;   ///< nullopt where the command was refused
    api::Results results;                                       ///< of the commands, then of the others
    std::vector<std::pair<std::string, std::string>> others;    ///< workers that a stop also stops, and why
    std::string refusal;

    /// Updates the results that were pending. Returns whether none is pending any more.
    [[nodiscard]] bool update(const api::Service& service);
    [[nodiscard]] bool all_refused() const;
};

}   // namespace talos::http

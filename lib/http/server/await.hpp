// http/server: The API on a Unix socket: connections, fair turns, answers, streams.
// What a request does is decided behind api/service.hpp.
// Begin with server.hpp.
#pragma once
#include "api/documents.hpp"
#include "http/server/exchange.hpp"
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Answers that take their time.
namespace talos::http {

/// One look at what is awaited: the results by now, and whether they are final.
struct Look {
    std::function<bool(api::Results&)> results;
    std::function<std::string(const api::Results&)> document;
};

/// Answers when the results are final, the time is over, or the server closes: then they are told as they stand. With `stream` each is told
/// whenever it is news.
[[nodiscard]] Task answer_when_decided(Exchange& exchange, Millis wait, bool stream, Look look);

struct PendingCommands {
    std::vector<std::optional<api::PendingCommand>> wishes;    ///< nothing where it was refused
    api::Results results;                                      ///< of the wishes, then of the others
    std::vector<std::pair<std::string, std::string>> others;   ///< workers that a stop takes along, and in words by what
    std::string refusal;

    /// What has become of those that were still pending; whether none is any more.
    [[nodiscard]] bool look(const api::Service& service);
    [[nodiscard]] bool all_refused() const;
};

}   // namespace talos::http

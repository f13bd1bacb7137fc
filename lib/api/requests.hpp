#pragma once
#include "api/service.hpp"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// The requests that clients can send, independent of the protocol.
namespace talos::api {

/// A range of log lines: the last `lines` of those in [since, until).
struct LogRange {
    std::optional<std::size_t> lines;    ///< nullopt: all lines
    std::optional<std::int64_t> since;   ///< ns since the epoch, as is `until`
    std::optional<std::int64_t> until;   ///< exclusive
};

namespace command {
struct Status {
    bool usage = false;
};   ///< usage: includes the resource usage of the workers' processes
struct Config {};
struct Workers {
    std::vector<std::string> words;
    bool one = false;
};   ///< one: the request names a single worker, not a pattern; no words: all workers
struct Ask {
    Verb verb = Verb::start;
    std::vector<std::string> words;
    std::optional<Millis> wait;
    bool stream = false;
    bool rolling = false;
};   ///< rolling: restart one instance after the other
struct Act {
    Operation operation = Operation::reset;
    std::vector<std::string> words;
};
struct Scale {
    std::vector<ScaleRequest> requests;
    std::optional<Millis> wait;
    bool stream = false;
};
struct Signal {
    std::vector<std::string> words;
    int number = 0;
};
struct Logs {
    std::vector<std::string> words;
    bool one = false;               ///< the request names a single worker, not a pattern
    std::vector<LogRange> ranges;   ///< one for all words, or one for each word
    bool follow = false;
};
struct Events {
    std::optional<std::uint64_t> since;
    bool follow = false;
    std::string workers;
};   ///< workers: a glob; empty for all
struct Reload {
    ReloadRequest request;
    std::optional<Millis> wait;
    bool stream = false;
};
struct Shutdown {
    bool force = false;
};
struct Live {};
struct Ready {};
struct Metrics {};
}   // namespace command

using Command = std::variant<command::Status, command::Config, command::Workers, command::Ask, command::Act, command::Scale,
                             command::Signal, command::Logs, command::Events, command::Reload, command::Shutdown, command::Live,
                             command::Ready, command::Metrics>;

}   // namespace talos::api

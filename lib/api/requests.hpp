#pragma once
#include "api/service.hpp"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What a client may ask for, whatever protocol it speaks.
namespace talos::api {

/// Which lines of a log: the last of those from a time on and before another.
struct LogRange {
    std::optional<std::size_t> lines;    ///< none: all
    std::optional<std::int64_t> since;   ///< ns since the epoch, as is `until`
    std::optional<std::int64_t> until;   ///< not among them
};

namespace command {
struct Status {
    bool usage = false;
};   ///< usage: with what the workers' processes use
struct Config {};
struct Workers {
    std::vector<std::string> words;
    bool one = false;
};   ///< one: a single plain name was asked for; no words: all
struct Ask {
    Verb verb = Verb::start;
    std::vector<std::string> words;
    std::optional<Millis> wait;
    bool stream = false;
    bool rolling = false;
};   ///< rolling: one after the other, of a restart
struct Act {
    Deed deed = Deed::reset;
    std::vector<std::string> words;
};
struct Scale {
    std::vector<ScaleRequest> wishes;
    std::optional<Millis> wait;
    bool stream = false;
};
struct Signal {
    std::vector<std::string> words;
    int number = 0;
};
struct Logs {
    std::vector<std::string> words;
    bool one = false;               ///< a single plain name was asked for
    std::vector<LogRange> ranges;   ///< one for all words, or one for each
    bool follow = false;
};
struct Events {
    std::optional<std::uint64_t> since;
    bool follow = false;
    std::string workers;
};   ///< workers: a glob, empty for all
struct Reload {
    ReloadRequest wish;
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

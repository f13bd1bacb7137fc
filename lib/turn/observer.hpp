#pragma once
#include "core/time.hpp"
#include "logs/write/log_destination.hpp"
#include "state/reason_code.hpp"
#include "state/requester.hpp"
#include "worker/data/worker.hpp"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace talos::turn {

enum class Level : std::uint8_t { trace, debug, info, warning, error, fatal };

/// One transition of one worker, or an exit that changed no state. The states are documented ones. The views live during the call.
struct Record {
    std::size_t index = 0;   ///< of the worker, in the config's order
    std::string_view name;
    worker::State from = worker::State::stopped;
    worker::State to = worker::State::stopped;
    std::string_view cause;
    WallTime at{};
    pid_t pid = 0;                            ///< of the process that this is about; 0: none
    std::uint64_t start_ticks = 0;            ///< of one that was just spawned; 0: unknown
    const worker::LastExit* exit = nullptr;   ///< when an exit caused it
    std::string_view reason;
    std::optional<state::ReasonCode> reason_code;     ///< with a reason
    bool sent = false;                                ///< the exit's signal is the last one that the stop plan sent
    const state::Requester* by = nullptr;             ///< who gave the command that caused it
    const std::vector<std::string>* tail = nullptr;   ///< with an exit that nobody asked for: the last lines of its output
    Millis wait{};                                    ///< to backoff: until the next start
};

/// Whoever shows what happens: the terminal's view, talosd's log. Called between decisions; must not wait for anything.
class Observer {
public:
    virtual ~Observer() = default;
    /// From here on `index` means the worker of this name; at first the next index after the last.
    virtual void named(std::size_t index, std::string_view name) = 0;
    virtual void transition(const Record& record) = 0;
    /// What worker `index` wrote, as it came.
    virtual void output(std::size_t index, logs::Stream stream, std::string_view bytes) = 0;
    /// Whole lines that are to appear as they are, without saying whose they are.
    virtual void bare_output(logs::Stream stream, std::string_view lines) = 0;
    /// Its run ended: a line without a newline is all there will be of it.
    virtual void output_end(std::size_t index) = 0;
    virtual void about(std::size_t index, Level level, std::string_view text) = 0;
    virtual void message(Level level, std::string_view text) = 0;
};

}   // namespace talos::turn

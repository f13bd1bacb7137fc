#pragma once
#include "cli/session/event.hpp"
#include "state/status_document.hpp"
#include <optional>
#include <string>
#include <vector>

/// The last exit of a worker as sentences. Pure. Contains only recorded facts; what is not recorded is called unknown.
namespace talos::cli {

struct WhyFacts {
    std::string worker;
    std::optional<Event> end;                 ///< the last exit or failed start, from the history
    std::optional<Event> request;             ///< in the run that ended: the sent `signal`, or what began the stop
    std::optional<WallTime> prepared_since;   ///< when the start with the failed preStart began
    std::optional<Event> began;               ///< the event that began the stop of the ended run, if it was stopped
    std::vector<Event> after;                 ///< this worker's later events, oldest first
    std::optional<Event> command;             ///< the last command on it: start, stop, restart, signal, …
    std::vector<std::string> tail;            ///< its last lines of output before the exit, oldest first
    std::optional<state::WorkerStatus> now;   ///< from status.json, if available
    bool talosd_runs = false;                 ///< `now` is current
    std::optional<WallTime> talosd_since;     ///< when talosd started
    bool blocks = false;   ///< other workers wait for it, or it is not in its wanted state: show how to start it
    WallTime clock{};
};

/// `app is waiting for m (fatal) to complete, since 2026-01-29 00:31:10 (3s ago).`, with its newline.
[[nodiscard]] std::string waiting_text(const state::WorkerStatus& worker, WallTime clock);

[[nodiscard]] std::string why_text(const WhyFacts& facts);

}   // namespace talos::cli

#pragma once
#include "cli/session/event.hpp"
#include "state/status_document.hpp"
#include <optional>
#include <string>
#include <vector>

/// The last exit of a worker in plain words. Pure; says only what is recorded, and what it cannot know it calls unknown.
namespace talos::cli {

struct WhyFacts {
    std::string worker;
    std::optional<Event> end;                 ///< the last exit or failed start, from the history
    std::optional<Event> asked;               ///< in the run that ended: the `signal` that was sent, or what began the stop
    std::optional<WallTime> prepared_since;   ///< when the start began whose preStart failed
    std::optional<Event> began;               ///< what began the stop of the run that ended, where it was stopped
    std::vector<Event> after;                 ///< this worker's events behind it, oldest first
    std::optional<Event> command;             ///< the last one that talosd was given for it: start, stop, restart, signal, …
    std::vector<std::string> tail;            ///< what it wrote last before that end, oldest first
    std::optional<state::WorkerStatus> now;   ///< from status.json, when there is one
    bool talosd_runs = false;                 ///< `now` is current
    std::optional<WallTime> talosd_since;     ///< when it was started
    bool blocks = false;                      ///< others wait for it, or it is not as wanted: with what starts it
    WallTime clock{};
};

/// `app is waiting for m (fatal) to complete, since 2026-01-29 00:31:10 (3s ago).`, with its newline.
[[nodiscard]] std::string waiting_text(const state::WorkerStatus& worker, WallTime clock);

[[nodiscard]] std::string why_text(const WhyFacts& facts);

}   // namespace talos::cli

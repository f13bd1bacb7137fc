#pragma once
#include "cli/event.hpp"
#include "daemon/status_document.hpp"
#include <optional>
#include <string>
#include <vector>

/// The last exit of a worker in plain words. Pure; says only what is recorded, and what it cannot know it calls unknown.
namespace talos::cli {

struct WhyFacts {
    std::string worker;
    std::optional<Event> end;                 ///< the last exit or failed start, from the history
    std::optional<Event> asked;               ///< in the run that ended: the `signal` that was sent, or what began the stop
    std::vector<Event> after;                 ///< this worker's events behind it, oldest first
    std::optional<Event> command;             ///< the last one that talosd was given for it: start, stop, restart, signal, …
    std::vector<std::string> tail;            ///< what it wrote last before that end, oldest first
    std::optional<daemon::WorkerStatus> now;  ///< from status.json, when there is one
    bool talosd_runs = false;                 ///< `now` is current
    WallTime clock{};
};

[[nodiscard]] std::string why_text(const WhyFacts& facts);

/// What an end like this means: `SIGSEGV: a memory fault: ...`. `stopping`: talosd was stopping it.
[[nodiscard]] std::string meaning_of(const ExitStatus& status, bool stopping);

}  // namespace talos::cli

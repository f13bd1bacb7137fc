#pragma once
#include "core/exit_status.hpp"
#include "core/time.hpp"
#include "state/reason_code.hpp"
#include "state/requester.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// One line of events.jsonl as data and as text. Pure.
namespace talos::cli {

struct EventExit {
    ExitStatus status;
    WallTime at{};
    Millis uptime{};
};

struct Event {
    std::uint64_t sequence = 0;
    WallTime at{};
    std::string worker;   ///< empty: the event concerns talosd itself
    std::string from;
    std::string to;
    std::string cause;
    pid_t pid = 0;
    std::optional<EventExit> exit;
    bool sent = false;   ///< talosd's stop plan sent the signal that ended the process
    std::string reason;
    std::optional<state::ReasonCode> reason_code;   ///< the kind of the reason; lines of older versions have none
    std::optional<state::Requester> by;             ///< the client whose command caused it, as far as the kernel reported it
    std::vector<std::string> tail;                  ///< at an unexpected exit: the worker's last lines of output
    std::uint64_t lost_first = 0;                   ///< with cause `lost`: the sequences that could not be written
    std::uint64_t lost_last = 0;
};

/// nullopt for a line that is not an event: truncated or malformed.
[[nodiscard]] std::optional<Event> parse_event(std::string_view line);

/// `2026-01-29 00:31:10.123  web    running → backoff  exit: SIGSEGV (core dumped) after 1d; REASON`, with its newline.
[[nodiscard]] std::string event_text(const Event& event, std::size_t name_width, bool color);

/// `talosctl (pid 77, uid 0 root)`; user names come from /etc/passwd only.
[[nodiscard]] std::string who_text(const state::Requester& by);

/// The worker's name, or `talosd` for its own events.
[[nodiscard]] std::string_view subject_of(const Event& event);

}   // namespace talos::cli

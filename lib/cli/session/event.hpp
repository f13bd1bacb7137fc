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

/// One line of events.jsonl as data, and as people read it. Pure.
namespace talos::cli {

struct EventExit {
    ExitStatus status;
    WallTime at{};
    Millis uptime{};
};

struct Event {
    std::uint64_t sequence = 0;
    WallTime at{};
    std::string worker;   ///< empty: about talosd itself
    std::string from;
    std::string to;
    std::string cause;
    pid_t pid = 0;
    std::optional<EventExit> exit;
    bool sent = false;   ///< talosd's stop plan sent the signal that ended it
    std::string reason;
    std::optional<state::ReasonCode> reason_code;   ///< of which kind the reason is; lines of older versions do not say
    std::optional<state::Requester> by;             ///< who gave the command that caused it, as far as the kernel said
    std::vector<std::string> tail;                  ///< at an unexpected exit: the last lines that the worker wrote
    std::uint64_t lost_first = 0;                   ///< with cause `lost`: the sequences that could not be written
    std::uint64_t lost_last = 0;
};

/// Nothing for a line that is no event: torn, or of another shape.
[[nodiscard]] std::optional<Event> parse_event(std::string_view line);

/// `2026-01-29 00:31:10.123  web    running → backoff  exit: SIGSEGV (core dumped) after 1d; REASON`, with its newline.
[[nodiscard]] std::string event_text(const Event& event, std::size_t name_width, bool color);

/// `talosctl (pid 77, uid 0 root)`; names of users by /etc/passwd alone.
[[nodiscard]] std::string who_text(const state::Requester& by);

/// `talosd` for its own events.
[[nodiscard]] std::string_view subject_of(const Event& event);

}   // namespace talos::cli

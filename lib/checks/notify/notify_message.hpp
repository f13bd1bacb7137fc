#pragma once
#include "core/time.hpp"
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace talos::checks {

/// What a message in the protocol of sd_notify(3) says, as far as it is known here. Of an assignment that is repeated the last one counts.
struct NotifyMessage {
    bool ready = false;       ///< READY=1
    bool reloading = false;   ///< RELOADING=1
    bool stopping = false;    ///< STOPPING=1
    bool heartbeat = false;   ///< WATCHDOG=1
    bool trigger = false;     ///< WATCHDOG=trigger
    std::optional<std::string>
        status;   ///< STATUS=, one line for people: without control and unprintable characters, cut at 256 bytes
    std::optional<Millis> more_time;        ///< EXTEND_TIMEOUT_USEC=, at most a day
    std::optional<Millis> watchdog_limit;   ///< WATCHDOG_USEC=, at most a day
    std::optional<pid_t> main_pid;          ///< MAINPID=
    friend bool operator==(const NotifyMessage&, const NotifyMessage&) = default;
};

/// Pure; any bytes will do. Lines end with a line feed or a carriage return, the message may end with a NUL, as systemd reads it (its
/// src/core/manager.c). Lines without `=`, unknown names and values that make no sense are left out.
[[nodiscard]] NotifyMessage parse_notify_message(std::string_view text);

}   // namespace talos::checks

#pragma once
#include <cstdint>
#include <string_view>

namespace talos::worker {

/// What came of a start that was begun, for its postStop (`TALOS_RESULT`).
enum class RunResult : std::uint8_t {
    success,   ///< nothing failed: main ended with code 0, or by a signal of the stop plan; or a stop came before there was a main
    exit,      ///< main ended with another code
    signal,    ///< main was killed by a signal that the stop plan had not sent
    spawn_error,   ///< main could not be executed
    hook,          ///< preStart failed
    timeout        ///< not ready in time, or killed after the last step of the stop plan
};

[[nodiscard]] constexpr std::string_view to_text(RunResult result) {
    switch (result) {
    case RunResult::success: return "success";
    case RunResult::exit: return "exit";
    case RunResult::signal: return "signal";
    case RunResult::spawn_error: return "spawn-error";
    case RunResult::hook: return "hook";
    case RunResult::timeout: return "timeout";
    }
    __builtin_unreachable();
}

}   // namespace talos::worker

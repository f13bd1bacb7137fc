#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace talos {

/// Converts `SIGTERM`, `TERM`, `sigterm`, `15` or `SIGRTMIN+3` to the signal number on this system. Returns nullopt for anything
/// else, including 0.
[[nodiscard]] std::optional<int> signal_number(std::string_view name);

/// The name of a signal: `SIGTERM`; `SIGRTMIN+n` for real-time signals; `SIG<number>` if it has no name.
[[nodiscard]] std::string signal_name(int number);

}   // namespace talos

#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace talos {

/// `SIGTERM`, `TERM`, `sigterm`, `15`, `SIGRTMIN+3` to its number on this system; nothing for what is no signal (0 included).
[[nodiscard]] std::optional<int> signal_number(std::string_view name);

/// `SIGTERM`; real-time signals as `SIGRTMIN+n`; `SIG<number>` for one without a name.
[[nodiscard]] std::string signal_name(int number);

}   // namespace talos

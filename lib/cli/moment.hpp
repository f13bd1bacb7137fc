#pragma once
#include "core/time.hpp"
#include <string>

namespace talos::cli {

/// `2026-01-29 00:31:10` in local time.
[[nodiscard]] std::string local_time(WallTime time);
/// The same with `.123`.
[[nodiscard]] std::string local_time_ms(WallTime time);

/// `2m 5s ago`; `just now` for less than a second and for a time that a clock jump put into the future.
[[nodiscard]] std::string ago(WallTime then, WallTime now);

[[nodiscard]] WallTime wall_now();

}  // namespace talos::cli

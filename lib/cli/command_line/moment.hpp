#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include <cstdint>
#include <string>
#include <string_view>

namespace talos::cli {

/// `2026-01-29 00:31:10` in local time.
[[nodiscard]] std::string local_time(WallTime time);
/// The same with `.123`.
[[nodiscard]] std::string local_time_ms(WallTime time);

/// `2026-01-29T00:31:10.123456789Z`, of ns since the epoch.
[[nodiscard]] std::string rfc3339(std::int64_t nanoseconds);

/// `2m 5s ago`; `just now` for less than a second and for a time that a clock jump put into the future.
[[nodiscard]] std::string ago(WallTime then, WallTime now);

[[nodiscard]] WallTime wall_now();
/// The same in ns since the epoch.
[[nodiscard]] std::int64_t wall_now_ns();

/// From when on, in ns since the epoch: a duration before `now` (`10m`), a time with its zone (`2026-01-29T00:31:10Z`), or one of the
/// local clock (`2026-01-29 00:31:10`, `2026-01-29 00:31`, `2026-01-29`; today's `00:31:10`, `00:31`). Seconds may have a fraction.
[[nodiscard]] Result<std::int64_t> parse_moment(std::string_view text, WallTime now);

}   // namespace talos::cli

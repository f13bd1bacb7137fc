#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include <cstdint>
#include <string>
#include <string_view>

namespace talos::cli {

/// `2026-01-29 00:31:10` in local time.
[[nodiscard]] std::string local_time(WallTime time);
/// The same with milliseconds: `.123`.
[[nodiscard]] std::string local_time_ms(WallTime time);

/// `2026-01-29T00:31:10.123456789Z`, from ns since the epoch.
[[nodiscard]] std::string rfc3339(std::int64_t nanoseconds);

/// `2m 5s ago`; `just now` for less than a second, and for a future time, which a clock change can cause.
[[nodiscard]] std::string ago(WallTime then, WallTime now);

[[nodiscard]] WallTime wall_now();
/// The same, from ns since the epoch.
[[nodiscard]] std::int64_t wall_now_ns();

/// Parses a time into ns since the epoch: a duration before `now` (`10m`), a time with a zone (`2026-01-29T00:31:10Z`), or a
/// local time (`2026-01-29 00:31:10`, `2026-01-29 00:31`, `2026-01-29`; for today `00:31:10`, `00:31`). Seconds may have a
/// fraction.
[[nodiscard]] Result<std::int64_t> parse_moment(std::string_view text, WallTime now);

}   // namespace talos::cli

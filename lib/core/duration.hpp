#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include <string>
#include <string_view>

namespace talos {

/// Parses `"250ms"`, `"10s"`, `"1m30s"`, `"2h"`, `"1d"`: whole numbers with a unit (ms, s, m, h, d), each unit at most once, from
/// the largest to the smallest. `"0s"` is allowed, and so is zero with any other unit; a number without a unit is not. The
/// maximum is 100 years. A failure says what was expected.
[[nodiscard]] Result<Millis> parse_duration(std::string_view text);

/// The exact duration in the format that parse_duration reads: `1m30s`, `250ms`, `0s`.
[[nodiscard]] std::string format_duration(Millis duration);

/// For display: the two largest units, `3d 4h`, `2h 5m`, `1m 30s`, `12s`; below one second `350ms`.
[[nodiscard]] std::string human_duration(Millis duration);

}   // namespace talos

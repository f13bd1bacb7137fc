#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace talos::cli {

/// The times that `logs` prints. --since accepts them unchanged.
class LogTimes {
public:
    enum class Zone { local, utc };
    /// `now` in ns since the epoch: day_time() omits the date for times of the same day.
    LogTimes(Zone zone, std::int64_t now);

    /// `2026-01-29 00:31:10.123`, or `2026-01-29T00:31:10.123Z`; for nullopt a dash, padded to the same width.
    [[nodiscard]] std::string_view of_line(std::optional<std::int64_t> time);
    /// `00:31:10` today, else `2026-01-28 00:31:10`; in UTC with `T` and `Z`.
    [[nodiscard]] std::string of_run(std::int64_t time);

private:
    [[nodiscard]] std::string second_text(std::int64_t second) const;

    Zone zone_;
    std::string today_;                    // the date
    std::optional<std::int64_t> second_;   // the second that text_ represents: consecutive lines often share it
    std::string text_;
};

}   // namespace talos::cli

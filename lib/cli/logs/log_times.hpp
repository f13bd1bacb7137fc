#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace talos::cli {

/// The times that `logs` shows. --since takes them as they are.
class LogTimes {
public:
    enum class Zone { local, utc };
    /// `now`, in ns since the epoch: what is of its day needs no date in day_time().
    LogTimes(Zone zone, std::int64_t now);

    /// `2026-01-29 00:31:10.123`, or `2026-01-29T00:31:10.123Z`; nothing: a dash that is as wide.
    [[nodiscard]] std::string_view of_line(std::optional<std::int64_t> time);
    /// `00:31:10` today, else `2026-01-28 00:31:10`; in UTC with a `Z`, and a `T` behind the date.
    [[nodiscard]] std::string of_run(std::int64_t time);

private:
    [[nodiscard]] std::string second_text(std::int64_t second) const;

    Zone zone_;
    std::string today_;                    // the date
    std::optional<std::int64_t> second_;   // that text_ is of: most lines have the second of the one before
    std::string text_;
};

}   // namespace talos::cli

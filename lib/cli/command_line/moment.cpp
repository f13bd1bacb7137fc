#include "cli/command_line/moment.hpp"
#include "core/duration.hpp"
#include "logs/format/log_line.hpp"
#include <cstdio>
#include <ctime>
#include <optional>

namespace talos::cli {

constexpr std::int64_t per_second = 1'000'000'000;

std::string local_time(WallTime time) {
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm parts{};
    if (::localtime_r(&seconds, &parts) == nullptr) return "?";
    char text[64];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string local_time_ms(WallTime time) {
    const auto subsecond = time - std::chrono::floor<std::chrono::seconds>(time);
    char text[8];
    std::snprintf(text, sizeof text, ".%03u", static_cast<unsigned>(subsecond.count()) % 1000u);
    return local_time(time) + text;
}

std::string ago(WallTime then, WallTime now) {
    return now - then < Millis{1000} ? "just now" : human_duration(now - then) + " ago";
}

std::string rfc3339(std::int64_t nanoseconds) {
    std::int64_t subsecond = nanoseconds % per_second;
    std::time_t seconds = nanoseconds / per_second;
    if (subsecond < 0) {
        subsecond += per_second;
        --seconds;
    }
    std::tm utc{};
    if (::gmtime_r(&seconds, &utc) == nullptr) return {};
    char text[64];
    const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(text + length, sizeof text - length, ".%09dZ", static_cast<int>(subsecond));
    return text;
}

WallTime wall_now() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

std::int64_t wall_now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

namespace {

// Parses the text after a clock time: nothing, or a fraction of a second.
std::optional<std::int64_t> fraction(std::string_view text) {
    if (text.empty()) return 0;
    if (text.size() < 2 || text.front() != '.') return std::nullopt;
    std::int64_t nanoseconds = 0;
    std::int64_t weight = per_second / 10;
    for (const char c : text.substr(1)) {
        if (c < '0' || c > '9') return std::nullopt;
        nanoseconds += weight * (c - '0');
        weight /= 10;
    }
    return nanoseconds;
}

std::optional<std::int64_t> local_moment(const std::string& text, WallTime now) {
    const std::time_t today = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    for (const char* form :
         {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M:%S", "%H:%M"}) {
        const std::string_view view = form;
        std::tm parts{};
        if (view.front() == '%' && view[1] == 'H') ::localtime_r(&today, &parts);
        parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
        const char* const end = ::strptime(text.c_str(), form, &parts);
        if (end == nullptr) continue;
        const auto subsecond = view.ends_with("%S") ? fraction(end) : std::optional<std::int64_t>(*end == '\0' ? 0 : -1);
        if (!subsecond || *subsecond < 0) continue;
        const int day = parts.tm_mday;
        parts.tm_isdst = -1;
        const auto seconds = std::int64_t{::mktime(&parts)};
        if (parts.tm_mday != day) break;   // for instance 30 February
        return seconds * per_second + *subsecond;
    }
    return std::nullopt;
}

}   // namespace

Result<std::int64_t> parse_moment(std::string_view text, WallTime now) {
    constexpr std::int64_t per_millisecond = 1'000'000;
    if (const auto ago = parse_duration(text)) return (to_ms(now) - ago->count()) * per_millisecond;
    if (const auto exact = logs::parse_rfc3339(text)) return *exact;
    const bool has_year = text.size() > 4 && text[4] == '-';   // the range of 64-bit nanoseconds
    if (!has_year || (text >= "1678" && text < "2262"))
        if (const auto local = local_moment(std::string{text}, now)) return *local;
    return refused(
        "expected a duration before now such as \"10m\" or a time such as \"2026-01-29 00:31:10\" or \"00:31\", found \"" +
        std::string{text} + "\"");
}

}   // namespace talos::cli

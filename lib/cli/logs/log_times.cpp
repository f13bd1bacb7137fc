#include "cli/logs/log_times.hpp"
#include <cstdio>
#include <ctime>

namespace talos::cli {

namespace {

constexpr std::int64_t per_second = 1'000'000'000;
constexpr std::int64_t per_millisecond = 1'000'000;
constexpr std::size_t date_length = 10;
constexpr std::size_t second_length = 19;

std::int64_t second_of(std::int64_t time) { return time / per_second - (time % per_second < 0 ? 1 : 0); }

}   // namespace

LogTimes::LogTimes(Zone zone, std::int64_t now) : zone_(zone), today_(second_text(second_of(now)).substr(0, date_length)) {}

std::string LogTimes::second_text(std::int64_t second) const {
    const std::time_t at = second;
    std::tm parts{};
    const bool utc = zone_ == Zone::utc;
    if ((utc ? ::gmtime_r(&at, &parts) : ::localtime_r(&at, &parts)) == nullptr) return std::string(second_length, '?');
    char text[64];
    return {text, std::strftime(text, sizeof text, utc ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string_view LogTimes::of_line(std::optional<std::int64_t> time) {
    if (!time) {
        second_.reset();
        text_.assign(second_length + 4 + (zone_ == Zone::utc ? 1 : 0), ' ');
        text_.front() = '-';
        return text_;
    }
    const auto second = second_of(*time);
    if (second != second_) {
        second_ = second;
        text_ = second_text(second);
    }
    text_.resize(second_length);
    char fraction[8];
    std::snprintf(fraction, sizeof fraction, ".%03d", static_cast<int>((*time - second * per_second) / per_millisecond));
    text_.append(fraction).append(zone_ == Zone::utc ? "Z" : "");
    return text_;
}

std::string LogTimes::of_run(std::int64_t time) {
    auto text = second_text(second_of(time));
    if (text.starts_with(today_)) text.erase(0, date_length + 1);
    return text + (zone_ == Zone::utc ? "Z" : "");
}

}   // namespace talos::cli

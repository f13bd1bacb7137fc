#include "cli/moment.hpp"
#include "core/duration.hpp"
#include <cstdio>
#include <ctime>

namespace talos::cli {

std::string local_time(WallTime time) {
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm parts{};
    if (::localtime_r(&seconds, &parts) == nullptr) return "?";
    char text[64];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string local_time_ms(WallTime time) {
    const auto rest = time - std::chrono::floor<std::chrono::seconds>(time);
    char text[8];
    std::snprintf(text, sizeof text, ".%03u", static_cast<unsigned>(rest.count()) % 1000u);
    return local_time(time) + text;
}

std::string ago(WallTime then, WallTime now) {
    return now - then < Millis{1000} ? "just now" : human_duration(now - then) + " ago";
}

WallTime wall_now() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

}  // namespace talos::cli

#include "checks/notify/notify_message.hpp"

#include "core/text.hpp"
#include <algorithm>
#include <charconv>
#include <cstdint>

namespace talos::checks {

namespace {

constexpr std::size_t longest_status = 256;

/// The whole of the text, and above 0.
std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value > 0 ? std::optional{value} : std::nullopt;
}

std::string shown(std::string_view text) {
    auto line = in_one_line(text.substr(0, longest_status));
    if (text.size() > longest_status) line += "…";
    return line;
}

std::optional<Millis> duration(std::string_view usec) {
    constexpr std::uint64_t longest = std::chrono::microseconds(std::chrono::hours(24)).count();
    const auto value = number(usec);
    if (!value) return std::nullopt;
    return std::chrono::ceil<Millis>(std::chrono::microseconds{static_cast<std::int64_t>(std::min(*value, longest))});
}

std::optional<pid_t> pid(std::string_view text) {
    constexpr std::uint64_t highest = 1u << 30;
    const auto value = number(text);
    return value && *value <= highest ? std::optional{static_cast<pid_t>(*value)} : std::nullopt;
}

void assign(NotifyMessage& message, std::string_view name, std::string_view value) {
    if (name == "READY") message.ready = value == "1";
    else if (name == "RELOADING") message.reloading = value == "1";
    else if (name == "STOPPING") message.stopping = value == "1";
    else if (name == "WATCHDOG") {
        message.heartbeat = value == "1";
        message.trigger = value == "trigger";
    } else if (name == "STATUS") message.status = shown(value);
    else if (name == "EXTEND_TIMEOUT_USEC") message.more_time = duration(value);
    else if (name == "WATCHDOG_USEC") message.watchdog_limit = duration(value);
    else if (name == "MAINPID") message.main_pid = pid(value);
}

}   // namespace

NotifyMessage parse_notify_message(std::string_view text) {
    NotifyMessage message;
    if (text.ends_with('\0')) text.remove_suffix(1);   // sent with the string's end, as by C programs with sizeof
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of("\n\r"), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto equals = line.find('=');
        if (equals != std::string_view::npos) assign(message, line.substr(0, equals), line.substr(equals + 1));
    }
    return message;
}

}   // namespace talos::checks

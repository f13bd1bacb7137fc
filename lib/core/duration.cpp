#include "core/duration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace talos {
namespace {

struct Unit {
    std::string_view suffix;
    std::uint64_t ms;
};

// From the largest to the smallest. parse_duration accepts units in this order only.
constexpr std::array<Unit, 5> units{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::uint64_t longest_ms =
    std::uint64_t{36'525} * 86'400'000;   // 100 years; far below any overflow of the steady clock

Failure expected_duration(std::string_view text) {
    constexpr std::size_t shown = 40;
    std::string found(text.substr(0, shown));
    if (text.size() > shown) found += "...";
    return refused("expected a duration like \"250ms\" or \"1m30s\", found \"" + found + "\"");
}

/// Removes the letters of one unit from the front of `rest`. Returns nullptr if they are not a unit.
const Unit* take_unit(std::string_view& rest) {
    const auto length = std::min(rest.find_first_of("0123456789"), rest.size());
    for (const auto& unit : units) {
        if (unit.suffix == rest.substr(0, length)) {
            rest.remove_prefix(length);
            return &unit;
        }
    }
    return nullptr;
}

/// The absolute value. It also works for the smallest number, whose negation overflows.
std::uint64_t magnitude(Millis duration) {
    const auto count = static_cast<std::uint64_t>(duration.count());
    return duration.count() < 0 ? ~count + 1 : count;
}

}   // namespace

Result<Millis> parse_duration(std::string_view text) {
    if (text.empty()) return expected_duration(text);
    std::uint64_t total = 0;
    const Unit* smallest = nullptr;
    for (auto rest = text; !rest.empty();) {
        std::uint64_t count = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
        if (error == std::errc::invalid_argument) return expected_duration(text);
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        const Unit* unit = take_unit(rest);
        if (unit == nullptr || (smallest != nullptr && unit <= smallest)) return expected_duration(text);
        smallest = unit;
        if (error == std::errc::result_out_of_range || count > longest_ms / unit->ms || count * unit->ms > longest_ms - total) {
            return refused("expected a duration of at most 100 years, found \"" + std::string(text.substr(0, 40)) + "\"");
        }
        total += count * unit->ms;
    }
    return Millis{static_cast<std::int64_t>(total)};
}

std::string format_duration(Millis duration) {
    auto rest = magnitude(duration);
    if (rest == 0) return "0s";
    std::string text = duration.count() < 0 ? "-" : "";
    for (const auto& unit : units) {
        if (rest < unit.ms) continue;
        text += std::to_string(rest / unit.ms);
        text += unit.suffix;
        rest %= unit.ms;
    }
    return text;
}

std::string human_duration(Millis duration) {
    if (duration <= Millis{0}) return "0s";
    const auto ms = magnitude(duration);
    if (ms < 1'000) return std::to_string(ms) + "ms";
    std::size_t largest = 0;
    while (ms < units[largest].ms) ++largest;
    const auto part = [](std::uint64_t amount, const Unit& unit) {
        return std::to_string(amount / unit.ms) + std::string(unit.suffix);
    };
    std::string text = part(ms, units[largest]);
    const auto& next = units[largest + 1];
    const auto rest = ms % units[largest].ms;
    if (next.ms > 1 && rest >= next.ms) text.append(1, ' ').append(part(rest, next));   // never milliseconds after seconds
    return text;
}

}   // namespace talos

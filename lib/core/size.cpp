#include "core/size.hpp"

#include <array>
#include <charconv>

namespace talos {
namespace {

struct Unit {
    std::string_view suffix;
    std::uint64_t bytes;
};

constexpr std::array<Unit, 4> units{{{"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}, {"B", 1}}};
constexpr std::uint64_t largest_size = std::uint64_t{1} << 53;   // every JSON reader represents this number exactly

}   // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const auto suffix = text.substr(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc::invalid_argument) {
        for (const auto& unit : units) {
            if (unit.suffix != suffix) continue;
            if (error == std::errc::result_out_of_range || count > largest_size / unit.bytes) {
                return refused("expected a size of at most 8388608GiB, found \"" + std::string(text.substr(0, 40)) + "\"");
            }
            return count * unit.bytes;
        }
    }
    constexpr std::size_t shown = 40;
    std::string found(text.substr(0, shown));
    if (text.size() > shown) found += "...";
    return refused("expected a size like \"64KiB\" or \"10MiB\", found \"" + found + "\"");
}

std::string format_size(std::uint64_t bytes) {
    for (const auto& unit : units) {
        if (bytes >= unit.bytes && bytes % unit.bytes == 0) return std::to_string(bytes / unit.bytes) + std::string(unit.suffix);
    }
    return "0B";
}

}   // namespace talos

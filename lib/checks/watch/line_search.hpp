#pragma once
#include "core/pattern.hpp"
#include "logs/write/log_destination.hpp"
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace talos::checks {

/// Searches output that arrives in pieces for a line that matches. Of a line, only the first KiB is searched.
class LineSearch {
public:
    explicit LineSearch(Pattern pattern) : pattern_(std::move(pattern)) {}

    /// Whether a line that ends in these bytes matches; the rest of them is not looked at then.
    [[nodiscard]] bool take(logs::Stream stream, std::string_view bytes);

private:
    [[nodiscard]] bool matches(std::string_view line) const;

    Pattern pattern_;
    std::array<std::string, 2> held_;   // by stream: the begin of a line that has not ended
};

}   // namespace talos::checks

#include "checks/watch/line_search.hpp"

#include <algorithm>

namespace talos::checks {

namespace {

constexpr std::size_t looked_at = 1024;

void append(std::string& held, std::string_view bytes) {
    held.append(bytes.substr(0, looked_at - std::min(looked_at, held.size())));
}

}   // namespace

bool LineSearch::take(logs::Stream stream, std::string_view bytes) {
    auto& held = held_.at(static_cast<std::size_t>(stream));
    for (;;) {
        const auto end = bytes.find('\n');
        if (end == std::string_view::npos) {
            append(held, bytes);
            return false;
        }
        auto line = bytes.substr(0, std::min(end, looked_at));
        if (!held.empty()) {
            append(held, line);
            line = held;
        }
        if (matches(line)) return true;
        held.clear();
        bytes.remove_prefix(end + 1);
    }
}

bool LineSearch::matches(std::string_view line) const {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return pattern_.found_in(line);
}

}   // namespace talos::checks

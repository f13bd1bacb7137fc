#include "terminal/carried_color.hpp"
#include <cstddef>

namespace talos::terminal {

namespace {

constexpr std::size_t most_bytes = 64;

}   // namespace

void CarriedColor::note(std::string_view line) {
    for (auto begin = line.find('\x1b'); begin != std::string_view::npos; begin = line.find('\x1b', begin + 1)) {
        const auto end = line.find('m', begin);
        if (end == std::string_view::npos) return;
        add(line.substr(begin, end + 1 - begin));
    }
}

void CarriedColor::add(std::string_view sequence) {
    const auto parameters = sequence.substr(2, sequence.size() - 3);
    const auto first = parameters.substr(0, parameters.find(';'));
    const bool resets = first.find_first_not_of('0') == std::string_view::npos;   // `0` or no parameter: a reset
    if (resets) clear();
    if (resets && first.size() == parameters.size()) return;
    sequences_.append(sequence);
    while (sequences_.size() > most_bytes) {   // the later sequences decide more of the current colour
        const auto next = sequences_.find('\x1b', 1);
        sequences_.erase(0, next);
    }
}

}   // namespace talos::terminal

#include "logs/write/tail_ring.hpp"

#include <algorithm>

namespace talos::logs {

void TailRing::write(std::string_view bytes) {
    if (bytes.size() >= most_bytes) {
        text_.assign(bytes.substr(bytes.size() - most_bytes));
        return;
    }
    if (text_.size() + bytes.size() > 2 * most_bytes) text_.erase(0, text_.size() + bytes.size() - most_bytes);
    text_.append(bytes);
}

std::vector<std::string> TailRing::lines(std::size_t count) const {
    std::vector<std::string> found;
    std::string_view rest = text_;
    if (rest.ends_with('\n')) rest.remove_suffix(1);
    if (text_.size() > most_bytes) rest.remove_prefix(text_.size() - most_bytes);
    while (!rest.empty() && found.size() < count) {
        const auto newline = rest.rfind('\n');
        found.emplace_back(rest.substr(newline + 1));   // npos + 1 is 0
        rest = newline == std::string_view::npos ? std::string_view{} : rest.substr(0, newline);
    }
    std::reverse(found.begin(), found.end());
    return found;
}

}   // namespace talos::logs

#include "checks/probes/http_head.hpp"

#include <algorithm>
#include <optional>

namespace talos::checks {

namespace {

constexpr std::string_view version = "HTTP/1.";
constexpr std::size_t version_size = version.size() + 1;   // with the minor version's digit

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether an unfinished status line can still become one; what is none is reported without waiting for its end.
bool begins_status_line(std::string_view text) {
    const auto size = std::min(text.size(), version.size());
    if (text.substr(0, size) != version.substr(0, size)) return false;
    return text.size() <= version.size() || is_digit(text[version.size()]);
}

std::optional<unsigned> status_of(std::string_view text) {
    if (!begins_status_line(text) || text.size() < version_size + 4 || text[version_size] != ' ') return std::nullopt;
    const auto digits = text.substr(version_size + 1, 3);
    if (!std::all_of(digits.begin(), digits.end(), is_digit) || digits.front() == '0') return std::nullopt;
    if (text.size() > version_size + 4 && text[version_size + 4] != ' ') return std::nullopt;
    return static_cast<unsigned>((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
}

}   // namespace

HttpHead::State HttpHead::take(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        const auto piece = bytes.substr(0, end);
        size_ += piece.size() + (end == std::string_view::npos ? 0 : 1);
        if (size_ > longest) return State::too_long;
        line_ += piece;
        if (end == std::string_view::npos) break;
        bytes.remove_prefix(end + 1);
        if (line_.ends_with('\r')) line_.pop_back();
        const auto state = line(line_);
        line_.clear();
        if (state != State::incomplete) return state;
    }
    return status_ != 0 || begins_status_line(line_) ? State::incomplete : State::no_http;
}

HttpHead::State HttpHead::line(std::string_view text) {
    if (status_ == 0) {
        const auto status = status_of(text);
        if (!status) return State::no_http;
        status_ = *status;
        return State::incomplete;
    }
    if (!text.empty())
        return text.find(':') == std::string_view::npos && text.front() != ' ' && text.front() != '\t' ? State::no_http
                                                                                                       : State::incomplete;
    constexpr unsigned switching_protocols = 101;
    const bool interim = status_ < 200 && status_ != switching_protocols;
    if (!interim) return State::complete;
    status_ = 0;
    return State::incomplete;
}

}   // namespace talos::checks

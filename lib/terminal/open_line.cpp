#include "terminal/open_line.hpp"
#include <algorithm>
#include <utility>

namespace talos::terminal {

namespace {

constexpr std::size_t buffer_limit = 8u << 10;

std::string_view without_returns(std::string_view line) {
    while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

// The length of the part of `bytes` that a forced line takes, without cutting a UTF-8 character (at most three bytes remain).
std::size_t whole_characters(std::string_view bytes) {
    for (std::size_t back = 1; back <= std::min<std::size_t>(4, bytes.size()); ++back) {
        const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
        if ((byte & 0xc0) == 0x80) continue;
        const std::size_t length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        return length > back && back < bytes.size() ? bytes.size() - back : bytes.size();
    }
    return bytes.size();
}

}   // namespace

std::string_view last_written(std::string_view line) {
    line = without_returns(line);
    return line.substr(line.rfind('\r') + 1);   // npos + 1 is 0
}

void OpenLine::feed(std::string_view bytes, bool overwritten, const Sink& line) {
    while (!bytes.empty()) {
        const std::size_t newline = bytes.find('\n');
        const std::size_t length = std::min(newline, bytes.size());
        if (buffer_.size() + length > buffer_limit) {
            force(bytes, line);
            continue;
        }
        if (newline == std::string_view::npos) {
            buffer_.append(bytes);
            if (overwritten && bytes.find('\r') != std::string_view::npos) forget_overwritten();
            return;
        }
        if (buffer_.empty()) line(bytes.substr(0, newline));
        else line(std::string(take()).append(bytes.substr(0, newline)));
        bytes.remove_prefix(newline + 1);
    }
}

// Fills the buffer up to the limit and emits it as a line.
void OpenLine::force(std::string_view& bytes, const Sink& line) {
    const std::size_t room = buffer_limit - buffer_.size();
    buffer_.append(bytes.substr(0, room));
    bytes.remove_prefix(room);
    const std::size_t whole = whole_characters(buffer_);
    line(std::string_view{buffer_}.substr(0, whole));
    buffer_.erase(0, whole);
}

void OpenLine::forget_overwritten() {
    const auto line = without_returns(buffer_);   // a return at the end has not overwritten anything yet
    buffer_.erase(0, line.size() - last_written(line).size());
}

std::string OpenLine::take() { return std::exchange(buffer_, {}); }

}   // namespace talos::terminal

#include "logs/read/whole_lines.hpp"
#include <algorithm>

namespace talos::logs {

namespace {

constexpr std::size_t longest_line = 1u << 20;

}   // namespace

Result<std::size_t> WholeLines::read(std::string& bytes) {
    if (until_ && reader_.is_behind(*until_)) return std::size_t{0};
    auto got = reader_.next(bytes);
    if (got && until_) {
        const auto excess = std::min(*got, reader_.stop_at(*until_));
        bytes.resize(bytes.size() - excess);
        *got -= excess;
    }
    return got;
}

Result<bool> WholeLines::next(std::string& lines) {
    lines.clear();
    for (;;) {
        const auto before = lines.size();
        const auto generation = reader_.generation();
        const auto got = read(lines);
        if (!got) return got.error();
        if (before != 0 && generation != reader_.generation()) {   // the line ended with its file
            reader_.move_to(reader_.offset() - *got);
            lines.resize(before);
            lines += '\n';
            return true;
        }
        if (*got == 0) {
            reader_.move_to(reader_.offset() - before);
            lines.clear();
            return false;
        }
        const auto newline = lines.rfind('\n');
        if (newline != std::string::npos) {
            reader_.move_to(reader_.offset() - (lines.size() - newline - 1));
            lines.resize(newline + 1);
            return true;
        }
        if (lines.size() < longest_line) continue;
        lines += '\n';
        return true;
    }
}

Result<bool> WholeLines::take_unfinished(std::string& lines) {
    lines.clear();
    for (;;) {
        const auto got = read(lines);
        if (!got) return got.error();
        if (*got != 0 && lines.size() < longest_line) continue;
        if (lines.empty()) return false;
        lines += '\n';
        return true;
    }
}

}   // namespace talos::logs

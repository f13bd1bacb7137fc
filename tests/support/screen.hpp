#pragma once
#include "terminal/width.hpp"
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace talos::test {

/// Simulates what a terminal displays: text, CR, LF, `ESC [ K` and line wrapping. Colours are ignored. Any other byte is an
/// error, because nothing else may reach the terminal.
class Screen {
public:
    explicit Screen(std::size_t columns) : columns_(columns) {}

    void write(std::string_view bytes) {
        pending_.append(bytes);
        std::size_t at = 0;
        while (const std::size_t length = next(at)) {
            put(pending_.substr(at, length));
            at += length;
        }
        pending_.erase(0, at);
    }

    /// The rows from top to bottom. Each ends with a newline, except the row with the cursor.
    [[nodiscard]] std::string text() const {
        std::string all;
        for (const auto& row : rows_) {
            for (const auto& cell : row) all += cell;
            all += '\n';
        }
        all.pop_back();
        return all;
    }

private:
    // The length of the next character or sequence in bytes; 0 if it is incomplete.
    [[nodiscard]] std::size_t next(std::size_t at) const {
        if (at >= pending_.size()) return 0;
        const auto byte = static_cast<unsigned char>(pending_[at]);
        if (byte == 0x1b) {
            const auto end = pending_.find_first_of("mK", at);
            return end == std::string::npos ? 0 : end - at + 1;
        }
        const std::size_t length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
        return at + length <= pending_.size() ? length : 0;
    }

    void put(const std::string& what) {
        if (what == "\r") {
            column_ = 0;
        } else if (what == "\n") {
            rows_.emplace_back();
            column_ = 0;
        } else if (what == "\x1b[K") {
            if (column_ < rows_.back().size()) rows_.back().resize(column_);
        } else if (what.front() == '\x1b') {
            if (what.back() != 'm') throw std::runtime_error("the screen was sent " + what.substr(1));
        } else if (what.front() >= 0 && what.front() < ' ' && what.front() != '\t') {
            throw std::runtime_error("the screen was sent the control character " + std::to_string(what.front()));
        } else {
            put_character(what);
        }
    }

    void put_character(const std::string& what) {
        const auto width = terminal::display_width(what);
        if (width == 0) {
            if (column_ > 0) rows_.back()[column_ - 1] += what;
            return;
        }
        if (column_ + width > columns_) {
            rows_.emplace_back();
            column_ = 0;
        }
        auto& row = rows_.back();
        if (row.size() < column_ + width) row.resize(column_ + width);
        row[column_] = what;
        if (width == 2) row[column_ + 1].clear();
        column_ += width;
    }

    std::size_t columns_;
    std::string pending_;
    std::vector<std::vector<std::string>> rows_{1};   // one cell for each column
    std::size_t column_ = 0;
};

}   // namespace talos::test

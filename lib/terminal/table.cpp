#include "terminal/table.hpp"
#include "terminal/width.hpp"
#include <algorithm>
#include <limits>
#include <string_view>

namespace talos::terminal {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t least_beside = 20;   // a narrower column is too narrow for sentences

std::string capitals(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

/// Bytes of whole characters that are at most `columns` wide; at least one character.
std::size_t fitting(std::string_view text, std::size_t columns) {
    std::size_t end = 0;
    std::size_t used = 0;
    while (end < text.size()) {
        std::size_t next = end + 1;
        while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xc0) == 0x80) ++next;
        used += display_width(text.substr(end, next - end));
        if (used > columns && end > 0) break;
        end = next;
    }
    return end;
}

/// Breaks between words; a word longer than a line is broken inside.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        auto end = fitting(text, columns);
        if (end < text.size() && text[end] != ' ')
            if (const auto space = text.substr(0, end).rfind(' '); space != std::string_view::npos && space > 0) end = space;
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    }
    return lines;
}

struct Line {
    std::string& out;
    std::size_t owed = 0;   // pending spaces, written only before more text

    void put(const Cell& cell, std::size_t column_width, bool color) {
        const std::size_t width = display_width(cell.text);
        if (width != 0) {
            out.append(owed, ' ').append(paint(cell.color, cell.text, color));
            owed = 0;
        }
        owed += column_width - std::min(column_width, width) + gap;
    }
};

}   // namespace

std::string Table::render(bool color, std::size_t columns) const {
    std::vector<std::vector<Cell>> lines;
    lines.reserve(rows_.size() + 1);
    auto& head = lines.emplace_back();
    for (const auto& header : headers_) head.push_back({capitals(header), Color::dim});
    for (const auto& row : rows_) {
        auto& line = lines.emplace_back(row);
        line.resize(headers_.size());
        for (auto& cell : line) cell.text = harmless(cell.text, false);
    }

    std::vector<std::size_t> widths(headers_.size(), 0);
    for (const auto& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i].text));
    std::size_t before = 0;   // the last column
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) before += widths[i] + gap;
    const std::size_t left = columns == 0 ? std::numeric_limits<std::size_t>::max() : columns - std::min(columns, before);
    const bool beside = left >= least_beside || widths.empty() || widths.back() <= left;
    const std::size_t indent = beside ? before : std::size_t{4};
    const std::size_t width = beside ? left : std::max(columns, least_beside) - indent;

    std::string out;
    for (auto& cells : lines) {
        const bool is_head = &cells == &lines.front();
        auto last = cells.empty() ? std::vector<std::string>() : wrapped(cells.back().text, width);
        if (is_head && !beside) last.clear();
        Line line{out};
        for (std::size_t i = 0; i + 1 < cells.size(); ++i) line.put(cells[i], widths[i], color);
        if (beside && !last.empty()) {
            line.put({last.front(), cells.back().color}, 0, color);
            last.erase(last.begin());
        }
        out += '\n';
        for (const auto& text : last) out.append(indent, ' ').append(paint(cells.back().color, text, color)).append("\n");
    }
    return out;
}

}   // namespace talos::terminal

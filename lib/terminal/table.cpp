#include "terminal/table.hpp"
#include "terminal/width.hpp"
#include <algorithm>

namespace talos::terminal {

namespace {

constexpr std::size_t gap = 2;

std::string capitals(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

struct Line {
    std::string& out;
    std::size_t owed = 0;  // spaces, written only when something follows them

    void put(const Cell& cell, std::size_t column_width, bool color) {
        const std::size_t width = display_width(cell.text);
        if (width != 0) {
            out.append(owed, ' ').append(paint(cell.color, cell.text, color));
            owed = 0;
        }
        owed += column_width - std::min(column_width, width) + gap;
    }
};

}  // namespace

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
    if (columns != 0 && !widths.empty()) {
        std::size_t before = 0;
        for (std::size_t i = 0; i + 1 < widths.size(); ++i) before += widths[i] + gap;
        const std::size_t left = columns > before ? columns - before : 0;
        widths.back() = std::min(widths.back(), std::max(left, display_width(headers_.back())));
    }

    std::string out;
    for (auto& cells : lines) {
        if (!cells.empty()) cells.back().text = fit(cells.back().text, widths.back());
        Line line{out};
        for (std::size_t i = 0; i < cells.size(); ++i) line.put(cells[i], widths[i], color);
        out += '\n';
    }
    return out;
}

}  // namespace talos::terminal

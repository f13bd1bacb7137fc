#pragma once
#include "terminal/style.hpp"
#include <string>
#include <vector>

namespace talos::terminal {

struct Cell {
    std::string text;
    Color color = Color::none;
};

/// A left-aligned table: two spaces between columns, no rules, header in dim capitals. The last column takes the remaining width
/// of `columns`; 0 means unlimited. Longer text continues below in that column, or, if too little width remains, in lines of its
/// own, indented by four spaces. Nothing is cut. The first column begins at the left margin.
class Table {
public:
    explicit Table(std::vector<std::string> headers) : headers_(std::move(headers)) {}
    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] std::string render(bool color, std::size_t columns) const;

private:
    std::vector<std::string> headers_;
    std::vector<std::vector<Cell>> rows_;
};

}   // namespace talos::terminal

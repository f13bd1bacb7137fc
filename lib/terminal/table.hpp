#pragma once
#include "terminal/style.hpp"
#include <string>
#include <vector>

namespace talos::terminal {

struct Cell {
    std::string text;
    Color color = Color::none;
};

/// A left-aligned table, two spaces between columns, no rules, header in dim capitals. The last column takes what is left of
/// `columns`; 0 means unlimited. Text that is longer goes on below, in that column, or, where too little is left of it, in lines of its
/// own, four spaces in. Nothing is cut. The name stands in the first column with nothing before it.
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

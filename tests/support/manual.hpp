#pragma once
#include "support/catch.hpp"
#include "support/paths.hpp"
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

// Reads the pages in config/man, the README and the completions, for comparison with the programs.
namespace talos::test {

/// The contents of a file in the repository, which must exist.
inline std::string repository_file(const std::string& path) {
    std::ifstream file(source_dir() + "/" + path, std::ios::binary);
    INFO(path);
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// The cells of a row of a Markdown table, without surrounding blanks.
inline std::vector<std::string> cells_of(const std::string& row) {
    std::vector<std::string> cells;
    std::string cell;
    const auto finish = [&] {
        const auto first = cell.find_first_not_of(' ');
        cells.push_back(first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
        cell.clear();
    };
    for (std::size_t i = 1; i < row.size(); ++i) {
        if (row[i] == '|' && row[i - 1] != '\\') finish();
        else cell += row[i];
    }
    return cells;
}

/// The rows of the table between two lines of a page, without its two header lines.
inline std::vector<std::vector<std::string>> table_between(const std::string& page, const std::string& first,
                                                           const std::string& last) {
    std::vector<std::vector<std::string>> rows;
    bool inside = false;
    for (const auto& line : lines_of(page)) {
        if (inside && line == last) break;
        if (inside && line.starts_with("|")) rows.push_back(cells_of(line));
        inside = inside || line == first;
    }
    INFO(first);
    REQUIRE(rows.size() > 2);
    rows.erase(rows.begin(), rows.begin() + 2);
    return rows;
}

/// The texts in backquotes.
inline std::vector<std::string> code_in(const std::string& text) {
    std::vector<std::string> found;
    std::istringstream stream(text);
    bool code = false;
    for (std::string part; std::getline(stream, part, '`'); code = !code)
        if (code) found.push_back(part);
    return found;
}

}   // namespace talos::test

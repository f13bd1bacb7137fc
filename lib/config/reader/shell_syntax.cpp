#include "config/reader/shell_syntax.hpp"

#include <algorithm>

namespace talos::config {

namespace {

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

std::string_view variable_at(std::string_view text) {
    if (text.size() < 2) return {};
    if (text[1] == '(') return text.substr(0, 2);
    if (!begins_name(text[1])) return {};
    const auto end = std::find_if_not(text.begin() + 1, text.end(), continues_name);
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::string_view operator_at(std::string_view text) {
    for (const std::string_view two : {"&&", "||", ">>", "<<", ">&", "&>"})
        if (text.starts_with(two)) return text.substr(0, two.size());
    switch (text.front()) {
    case '|':
    case '>':
    case '<':
    case ';':
    case '`': return text.substr(0, 1);
    case '&':
        return text.size() == 1 || is_blank(text[1]) ? text.substr(0, 1) : std::string_view();   // else a query's, as in ?a=1&b=2
    case '$': return variable_at(text);
    default: return {};
    }
}

}   // namespace

std::string_view shell_syntax(std::string_view line) {
    char quote = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (c == '\\' && quote != '\'') {
            ++at;
        } else if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (const auto found = operator_at(line.substr(at)); !found.empty()) {
            return found;
        } else if (line.substr(at).starts_with("$${")) {
            at += 2;
        }
    }
    return {};
}

}   // namespace talos::config

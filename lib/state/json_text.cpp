#include "state/json_text.hpp"
#include "core/text.hpp"
#include <algorithm>

namespace talos::state {
namespace {

bool stands_for_itself(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != 0x7f; }

void append_escaped(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += "\\u00";
    out += hex[byte >> 4];
    out += hex[byte & 15];
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto plain = std::find_if_not(text.begin(), text.end(), stands_for_itself);
        const auto length = static_cast<std::size_t>(plain - text.begin());
        out.append(text.substr(0, length));
        if (length < text.size()) append_escaped(out, text[length]);
        text.remove_prefix(std::min(length + 1, text.size()));
    }
    out += '"';
}

}   // namespace

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void append_json_string(std::string& out, std::string_view text) {
    if (is_ascii(text)) return append_quoted(out, text);
    std::string quoted;
    append_quoted(quoted, valid_utf8(text));
    out += escaped_json(std::move(quoted));
}

}   // namespace talos::state

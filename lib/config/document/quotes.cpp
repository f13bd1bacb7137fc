#include "config/document/quotes.hpp"

#include "core/text.hpp"

namespace talos::config {

std::string in_quotes(std::string_view text) {
    constexpr std::size_t shown = 40;
    if (text.size() <= shown) return '"' + printable(text) + '"';
    auto cut = shown;
    while (cut > shown - 4 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;   // at the start of a character
    return '"' + printable(text.substr(0, cut)) + "...\"";
}

std::string printable(std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    for (const char c : valid_utf8(text)) {
        const auto code = static_cast<unsigned char>(c);
        if (code >= 0x20) {
            out += c;
            continue;
        }
        out += "\\u00";
        out += hex[code >> 4];
        out += hex[code & 15];
    }
    return escaped_json(std::move(out));   // escapes other control and unprintable characters
}

}   // namespace talos::config

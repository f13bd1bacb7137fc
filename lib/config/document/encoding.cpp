#include "config/document/encoding.hpp"

namespace talos::config {

std::string encoding_complaint(std::string_view text) {
    using namespace std::string_view_literals;
    const auto is = [](std::string_view encoding) { return "the file is " + std::string(encoding) + ": save it as UTF-8"; };
    if (text.starts_with("\xff\xfe\0\0"sv) || text.starts_with("\0\0\xfe\xff"sv)) return is("UTF-32");
    if (text.starts_with("\xff\xfe"sv)) return is("UTF-16 (little-endian)");
    if (text.starts_with("\xfe\xff"sv)) return is("UTF-16 (big-endian)");
    // JSON and env files begin with ASCII characters; in UTF-16 each has a NUL next to it.
    if (text.size() < 2 || (text[0] == '\0') == (text[1] == '\0')) return {};
    return is(text[0] == '\0' ? "UTF-16 (big-endian), without a byte order mark"
                              : "UTF-16 (little-endian), without a byte order mark");
}

}   // namespace talos::config

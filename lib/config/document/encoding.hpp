#pragma once
#include <string>
#include <string_view>

namespace talos::config {

/// Explains why a text is not UTF-8: it has the byte order mark or the NUL bytes of another encoding. Empty if it has neither.
[[nodiscard]] std::string encoding_complaint(std::string_view text);

}   // namespace talos::config

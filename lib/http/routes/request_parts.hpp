#pragma once
#include "core/result.hpp"
#include <string>
#include <string_view>
#include <vector>

/// What requests consist of, as text. Pure.
namespace talos::http {

/// Takes off `rest` what stands in front of the separator, and that too.
[[nodiscard]] std::string_view take_part(std::string_view& rest, char separator);

/// Whether the header names the type itself and not with a weight of 0; a wildcard asks for the ordinary document.
[[nodiscard]] bool accepts(std::string_view header, std::string_view type);

/// Of a worker's name or a pattern; names have at most 64 bytes.
inline constexpr std::size_t longest_word = 128;

/// What a segment of a path says of workers: words, separated by commas and then decoded. At most 1000 of `longest_word` bytes, 16 of them
/// patterns. The failure is a sentence.
[[nodiscard]] Result<std::vector<std::string>> words_of(std::string_view names);

/// Whether they are one name.
[[nodiscard]] bool plain(const std::vector<std::string>& words);

}   // namespace talos::http

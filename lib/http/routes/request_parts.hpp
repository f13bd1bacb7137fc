#pragma once
#include "core/result.hpp"
#include <string>
#include <string_view>
#include <vector>

/// Parts of requests, as text. Pure.
namespace talos::http {

/// Removes the text before the separator, and the separator, from `remaining` and returns the text.
[[nodiscard]] std::string_view take_part(std::string_view& remaining, char separator);

/// Whether the header names the type itself, with a weight other than 0. A wildcard selects the default document.
[[nodiscard]] bool accepts(std::string_view header, std::string_view type);

/// For a worker's name or a pattern; names have at most 64 bytes.
inline constexpr std::size_t longest_word = 128;

/// The words of a path segment that selects workers: separated by commas, then decoded. At most 1000 words of `longest_word`
/// bytes, 16 of them patterns. Fails with a sentence.
[[nodiscard]] Result<std::vector<std::string>> words_of(std::string_view names);

/// Whether the words are a single name.
[[nodiscard]] bool plain(const std::vector<std::string>& words);

}   // namespace talos::http

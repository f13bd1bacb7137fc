#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace talos {

/// The candidate that is most likely meant by a misspelt word: the edit distance (with transpositions) is at most 2 and less than
/// half the length of the word. Empty if there is none.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// Matches a shell pattern against a whole name: `*`, `?`, `[a-c]`, `[!a]`; any other character matches itself.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view name);

/// Returns `bytes` with U+FFFD in place of each byte that is not valid UTF-8.
[[nodiscard]] std::string valid_utf8(std::string_view bytes);

/// Whether a terminal or a viewer interprets the character instead of displaying it: DEL and the C1 controls (U+009B begins
/// control sequences), line separators, controls of the writing direction, and characters without a glyph. Joiners and variation
/// selectors are printable.
[[nodiscard]] bool is_unprintable(std::uint32_t character);

/// Text from another user or program as one line that is safe to store and display: valid UTF-8 (U+FFFD for each other byte),
/// with a space for each ASCII control character and U+FFFD for each other unprintable character. Use it for all such text that
/// goes into a file, a message or a document.
[[nodiscard]] std::string in_one_line(std::string_view bytes);

/// JSON with the same meaning in which each unprintable character is a `\u` escape. `json` must be valid UTF-8 with escaped C0
/// controls.
[[nodiscard]] std::string escaped_json(std::string json);

/// Whether the texts are equal apart from the case of ASCII letters.
[[nodiscard]] bool same_ignoring_case(std::string_view a, std::string_view b);

/// Splits text into words like a POSIX shell (quotes, backslashes), without expansion of `$`, globs or `~`. Returns an empty list
/// if a quote is not closed.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);

/// Joins words so that split_words returns the same words. Quotes only where necessary.
[[nodiscard]] std::string join_words(std::span<const std::string> words);

}   // namespace talos

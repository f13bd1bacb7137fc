#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace talos {

/// The candidate that a typing mistake makes likely (edit distance with transpositions at most 2, and less than half the
/// word's length); empty when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// Shell-like pattern over a whole name: `*`, `?`, `[a-c]`, `[!a]`; everything else is itself.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view name);

/// The same bytes where they are valid UTF-8, U+FFFD for each byte that is not.
[[nodiscard]] std::string valid_utf8(std::string_view bytes);

/// Whether the character does something else to a terminal or its reader than to be shown: DEL and the controls of C1 (U+009B begins control
/// sequences), line separators, controls of the writing direction, and characters without a form. Joiners and variation selectors are none.
[[nodiscard]] bool is_unprintable(std::uint32_t character);

/// What another user or a program says of itself, as one line that can be kept and shown: valid UTF-8 (U+FFFD for each other byte) with a space for
/// each control character of ASCII and U+FFFD for each other unprintable character. For all that goes into a file, a message or a document as text.
[[nodiscard]] std::string in_one_line(std::string_view bytes);

/// JSON that means the same, with every unprintable character as `\u` and digits. `json` is valid UTF-8; controls of C0 are escaped in it.
[[nodiscard]] std::string escaped_json(std::string json);

/// Whether they differ in nothing but the case of ASCII letters.
[[nodiscard]] bool same_ignoring_case(std::string_view a, std::string_view b);

/// Splits like a POSIX shell would (quotes, backslashes), running nothing: no expansion of `$`, globs or `~`.
/// An unfinished quote gives an empty list.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);

/// The words joined so that split_words gives them back; quotes only where needed.
[[nodiscard]] std::string join_words(std::span<const std::string> words);

}   // namespace talos

#pragma once
#include <cstddef>
#include <string_view>

namespace talos::config {

/// A token of a JSON text: a half-open range of byte offsets.
struct Token {
    enum class Kind {
        open_object,
        close_object,
        open_array,
        close_array,
        colon,
        comma,
        string,        ///< includes the quotes; the contents are not checked
        open_string,   ///< without a closing quote on the same line
        scalar,        ///< a run of other characters: a number, true, false, null or invalid text
        comment,
        open_comment,   ///< `/*` that is not closed
        end,
    };
    Kind kind = Kind::end;
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Splits a text into tokens. Recognises strings, comments and structural characters but no grammar, so it also works on
/// malformed text: a string ends at the end of its line at the latest (JSON allows no unescaped line break in a string).
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    [[nodiscard]] Token next();               ///< including comments
    [[nodiscard]] Token next_significant();   ///< skips comments, except an open one

private:
    [[nodiscard]] std::size_t string_end(std::size_t begin, bool& closed) const;
    [[nodiscard]] Token comment(std::size_t begin) const;

    std::string_view text_;
    std::size_t at_ = 0;
};

/// The text after a byte order mark, if there is one.
[[nodiscard]] std::string_view without_bom(std::string_view text);

}   // namespace talos::config

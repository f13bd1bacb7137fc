#pragma once
#include <cstddef>
#include <string_view>

namespace talos::config {

/// A piece of a JSON text. Half-open range of byte offsets.
struct Token {
    enum class Kind {
        open_object,
        close_object,
        open_array,
        close_array,
        colon,
        comma,
        string,        ///< with its quotes; its inside is not checked
        open_string,   ///< no closing quote on its line
        scalar,        ///< a run of other characters: number, true, false, null or rubbish
        comment,
        open_comment,   ///< `/*` that is never closed
        end,
    };
    Kind kind = Kind::end;
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Cuts a text into tokens. Knows strings, comments and structural characters, no grammar, so that it goes through broken texts
/// too: a string ends at its line's end at the latest (JSON allows no raw line break in one).
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    [[nodiscard]] Token next();               ///< comments included
    [[nodiscard]] Token next_significant();   ///< comments left out, but not an open one

private:
    [[nodiscard]] std::size_t string_end(std::size_t begin, bool& closed) const;
    [[nodiscard]] Token comment(std::size_t begin) const;

    std::string_view text_;
    std::size_t at_ = 0;
};

/// What stands behind a byte order mark at the start.
[[nodiscard]] std::string_view without_bom(std::string_view text);

}   // namespace talos::config

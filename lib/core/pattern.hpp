#pragma once
#include "core/result.hpp"
#include <memory>
#include <string_view>

namespace talos {

/// A regular expression of RE2's syntax. The time of a search is linear in the length of the text, and its memory is bounded. Copies are cheap.
class Pattern {
public:
    enum class Case { exact, ignored };

    /// Fails, in words, for a broken expression, for what RE2 lacks (look-ahead, back references), for more than 1024 bytes and for one
    /// that compiles to more than 5000 steps. An expression that is not UTF-8 is compared byte by byte.
    [[nodiscard]] static Result<Pattern> make(std::string_view text, Case letters = Case::exact);

    /// Whether it is found anywhere in the text. A byte that is not UTF-8 counts as the character U+FFFD.
    [[nodiscard]] bool found_in(std::string_view text) const;

private:
    struct Expression;
    std::shared_ptr<const Expression> expression_;
};

}   // namespace talos

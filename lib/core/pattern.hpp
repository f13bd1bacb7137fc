#pragma once
#include "core/result.hpp"
#include <memory>
#include <string_view>

namespace talos {

/// A regular expression in RE2 syntax. A search takes linear time in the length of the text and bounded memory. Copies are cheap.
class Pattern {
public:
    enum class Case { exact, ignored };

    /// Fails for a malformed expression, for syntax that RE2 lacks (look-ahead, back references), for more than 1024 bytes, and
    /// for an expression that compiles to more than 5000 steps. The failure is a sentence. An expression that is not UTF-8 is
    /// compared byte by byte.
    [[nodiscard]] static Result<Pattern> make(std::string_view text, Case letters = Case::exact);

    /// Whether the expression matches anywhere in the text. A byte that is not valid UTF-8 counts as the character U+FFFD.
    [[nodiscard]] bool found_in(std::string_view text) const;

private:
    struct Expression;
    std::shared_ptr<const Expression> expression_;
};

}   // namespace talos

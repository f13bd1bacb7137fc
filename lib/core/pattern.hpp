#pragma once
#include "core/result.hpp"
#include <memory>
#include <string_view>

namespace talos {

/// A regular expression of ECMAScript's syntax. Copies are cheap.
class Pattern {
public:
    /// Fails for a broken one, in words, and for one of more than 1024 bytes.
    [[nodiscard]] static Result<Pattern> make(std::string_view text);

    /// Whether it is found anywhere in the text. Fails where that takes it too long: it goes back and forth over the text.
    [[nodiscard]] Result<bool> found_in(std::string_view text) const;

private:
    struct Expression;
    std::shared_ptr<const Expression> expression_;
};

}  // namespace talos

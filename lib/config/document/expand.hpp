#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace talos::config {

/// The value of a variable; nothing when it is not set.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

struct Expanded {
    std::string text;
    std::string unset;       ///< the first variable that has neither a value nor a default
    std::string malformed;   ///< the first `${` that is neither `${NAME}` nor `${NAME:-default}`, up to its end
};

/// Fills in `${NAME}`, and `${NAME:-default}` where NAME is not set or empty. A `$` means something only right before a `{`; in a run
/// of them there two stand for one, so that `$${` is a plain `${`. A default is plain text up to the next `}`.
[[nodiscard]] Expanded expand(std::string_view text, const Lookup& lookup);

/// What expand() makes that very text of.
[[nodiscard]] std::string unexpanded(std::string_view text);

}   // namespace talos::config

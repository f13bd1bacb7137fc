#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace talos::config {

/// The value of a variable; nullopt if it is not set.
using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

struct Expanded {
    std::string text;
    std::string unset;       ///< the first variable with neither a value nor a default
    std::string malformed;   ///< the first `${` that is neither `${NAME}` nor `${NAME:-default}`, up to its end
};

/// Replaces `${NAME}`, and `${NAME:-default}` if NAME is unset or empty. `$` is special only directly before `{`; in a run of `$`
/// before `{`, two stand for one, so `$${` is a literal `${`. A default is literal text up to the next `}`.
[[nodiscard]] Expanded expand(std::string_view text, const Lookup& lookup);

/// The text that expand() turns into `text`.
[[nodiscard]] std::string unexpanded(std::string_view text);

}   // namespace talos::config

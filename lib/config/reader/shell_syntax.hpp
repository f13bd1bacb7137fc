#pragma once
#include <string_view>

namespace talos::config {

/// The first thing in a command line that a shell would act on, other than by splitting it into words: an operator, a redirection, `$NAME`,
/// `$(` or a backquote outside of quotes, or `&` at a word's end. Empty when there is none. `${NAME}` is a variable of the config.
[[nodiscard]] std::string_view shell_syntax(std::string_view line);

}   // namespace talos::config

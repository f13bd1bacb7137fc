#pragma once
#include <string>
#include <string_view>
#include <vector>

/// Aliases of verbs, and suggestions for unknown ones. Pure.
namespace talos::cli {

/// The index of the verb: the first word that is neither an option nor the value of one; the size if there is none. `words` begin
/// with the program's name.
[[nodiscard]] std::size_t find_verb(const std::vector<const char*>& words);

/// The command line with aliases replaced: `ps` and `ls` by `status`, `tail` by `logs -f`, `up` by `start`, `down` by `stop`,
/// `help [VERB]` by `[VERB] --help`, `version` by `--version`. All other words stay.
[[nodiscard]] std::vector<const char*> without_aliases(std::vector<const char*> words);

/// The end of the sentence about an unknown verb: a suggestion of what to type after `talosctl`, by meaning (`; did you mean
/// "status"?` for `list`), otherwise by spelling, otherwise a reference to the help.
[[nodiscard]] std::string instead_of(std::string_view word);

}   // namespace talos::cli

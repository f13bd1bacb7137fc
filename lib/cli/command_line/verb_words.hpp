#pragma once
#include <string>
#include <string_view>
#include <vector>

/// Other words for verbs: those that are taken, and those that lead to the right one. Pure.
namespace talos::cli {

/// The first word that is neither an option nor the value of one, which is meant as the verb: its index; the size when there is none.
/// `words` begin with the program's name.
[[nodiscard]] std::size_t verb_place(const std::vector<const char*>& words);

/// The command line with an alias replaced by what it stands for: `ps` and `ls` by `status`, `tail` by `logs -f`, `up` by `start`, `down` by
/// `stop`, `help [VERB]` by `[VERB] --help`, `version` by `--version`. Everything else stays.
[[nodiscard]] std::vector<const char*> without_aliases(std::vector<const char*> words);

/// The end of the sentence about a word that is no verb: what it probably means, as it is to be typed after `talosctl`. That is known by its
/// meaning (`; did you mean "status"?` for `list`), else by its spelling, else the help is named.
[[nodiscard]] std::string instead_of(std::string_view word);

}   // namespace talos::cli

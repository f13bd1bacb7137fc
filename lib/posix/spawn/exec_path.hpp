#pragma once
#include "posix/rights/child_attributes.hpp"
#include <string>
#include <string_view>
#include <vector>

/// Which files an exec tries, and why it may have failed.
namespace talos::posix {

/// The paths to try for `program`: itself when it has a slash, else one in each directory of PATH of `env`, by default that of
/// /usr/local/bin:/usr/bin:/bin. An empty directory there is the current one. Nothing for an empty program.
[[nodiscard]] std::vector<std::string> exec_candidates(const std::string& program, const std::vector<std::string>& env);

/// The value of NAME in an environment, the first one as getenv(3) has it; a null view's data when it is not there.
[[nodiscard]] std::string_view find_variable(std::string_view name, const std::vector<std::string>& env);

/// The path that a `#!` line names; empty when `head`, the start of a file, has none.
[[nodiscard]] std::string_view interpreter_of(std::string_view head);

/// What `error` from executing `path` does not say: `its interpreter /no/such is missing`. Empty when nothing is known. A relative
/// path is taken from `cwd`, where that is given. All of it is what `user` can see (null: talosd's own): paths lead where that user
/// wants, and the answer may be shown to it. Only regular files are opened, and what is told of them is the interpreter's name.
[[nodiscard]] std::string explain_exec_failure(int error, const std::string& path, const std::string& cwd,
                                               const Credentials* user = nullptr);

/// The interpreter that the regular file `path` names, by the rights in use; empty when it names none or may not be read.
[[nodiscard]] std::string interpreter_in(const std::string& path);

}   // namespace talos::posix

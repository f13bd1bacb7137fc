#pragma once
#include "posix/rights/child_attributes.hpp"
#include <string>
#include <string_view>
#include <vector>

/// The files that an exec tries, and why an exec failed.
namespace talos::posix {

/// The paths to try for `program`: itself if it contains a slash, otherwise one in each directory of PATH in `env` (default
/// /usr/local/bin:/usr/bin:/bin). An empty directory in PATH is the current one. Empty for an empty program.
[[nodiscard]] std::vector<std::string> exec_candidates(const std::string& program, const std::vector<std::string>& env);

/// The first value of NAME in an environment, like getenv(3). Returns a view with a null data pointer if it is missing.
[[nodiscard]] std::string_view find_variable(std::string_view name, const std::vector<std::string>& env);

/// The path in a `#!` line; empty if `head`, the start of a file, has no such line.
[[nodiscard]] std::string_view interpreter_of(std::string_view head);

/// Explains an exec failure beyond errno: `its interpreter /no/such is missing`. Empty if there is nothing to add. A relative
/// path is resolved against `cwd`, if given. The function uses the rights of `user` (nullptr: talosd's own), because that user
/// controls where the path leads and may read the result. It opens regular files only and reveals only the name of their
/// interpreter.
[[nodiscard]] std::string explain_exec_failure(int error, const std::string& path, const std::string& cwd,
                                               const Credentials* user = nullptr);

/// The interpreter in the regular file `path`, read with the rights in use; empty if it has none or is not readable.
[[nodiscard]] std::string interpreter_in(const std::string& path);

}   // namespace talos::posix

#pragma once
#include <string>

// Paths for tests: those of the build, or TALOS_SOURCE_DIR and TALOS_BIN_DIR for a copy of the tree that another user can run.
namespace talos::test {

/// The root of the repository, which contains config/ and tests/.
[[nodiscard]] std::string source_dir();

/// The directory with talosd and talosctl.
[[nodiscard]] std::string bin_dir();

/// A worker program in tests/programs, by the name of its source file without ".c".
[[nodiscard]] std::string program(const std::string& name);

}   // namespace talos::test

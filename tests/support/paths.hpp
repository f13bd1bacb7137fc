#pragma once
#include <string>

// Where the tests find things. The build's own paths, unless the environment says otherwise: a tree that was
// copied elsewhere, so that another user can run it, is pointed to by TALOS_SOURCE_DIR and TALOS_BIN_DIR.
namespace talos::test {

/// The repository: config/, tests/.
[[nodiscard]] std::string source_dir();

/// The directory of talosd and talosctl.
[[nodiscard]] std::string bin_dir();

/// A worker program of tests/programs, by the name of its source without ".c".
[[nodiscard]] std::string program(const std::string& name);

}   // namespace talos::test

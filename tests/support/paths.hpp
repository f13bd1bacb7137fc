#pragma once
#include <cstdlib>
#include <string>

// Where the tests find things. The build's own paths, unless the environment says otherwise: a tree that was
// copied elsewhere, so that another user can run it, is pointed to by TALOS_SOURCE_DIR and TALOS_BIN_DIR.
namespace talos::test {

[[nodiscard]] inline std::string from_environment(const char* name, const char* built_in) {
    const char* given = std::getenv(name);
    return given != nullptr && *given != '\0' ? given : built_in;
}

/// The repository: config/, tests/.
[[nodiscard]] inline std::string source_dir() { return from_environment("TALOS_SOURCE_DIR", TALOS_SOURCE_DIR); }

/// The directory of talosd and talosctl.
[[nodiscard]] inline std::string bin_dir() { return from_environment("TALOS_BIN_DIR", TALOS_BIN_DIR); }

/// A worker program of tests/programs, by the name of its source without ".c".
[[nodiscard]] inline std::string program(const std::string& name) { return bin_dir() + "/programs/" + name; }

}  // namespace talos::test

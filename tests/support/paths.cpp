#include "support/paths.hpp"

#include <cstdlib>

namespace talos::test {

namespace {

std::string from_environment(const char* name, const char* built_in) {
    const char* given = std::getenv(name);
    return given != nullptr && *given != '\0' ? given : built_in;
}

}   // namespace

std::string source_dir() { return from_environment("TALOS_SOURCE_DIR", TALOS_SOURCE_DIR); }

std::string bin_dir() { return from_environment("TALOS_BIN_DIR", TALOS_BIN_DIR); }

std::string program(const std::string& name) { return bin_dir() + "/programs/" + name; }

}   // namespace talos::test

#pragma once
#include "support/catch.hpp"
#include <cstdio>

namespace talos::test {

/// Prints the line that marks a skipped test for CTest (SKIP_REGULAR_EXPRESSION in tests/CMakeLists.txt).
inline void print_skipped(const char* reason) {
    std::printf("talos-test-skipped: %s\n", reason);
    (void)std::fflush(stdout);
}

}   // namespace talos::test

/// Skips a test that cannot run in this environment and prints the reason: `TALOS_SKIP("needs root");`. Use it in the test
/// function, before the first assertion. tests/skipped.txt lists the tests that CI may skip.
#ifdef SKIP   // Catch2 3
#define TALOS_SKIP(reason)                                                                                                       \
    do {                                                                                                                         \
        ::talos::test::print_skipped(reason);                                                                                    \
        SKIP(reason);                                                                                                            \
    } while (false)
#else
#define TALOS_SKIP(reason)                                                                                                       \
    do {                                                                                                                         \
        ::talos::test::print_skipped(reason);                                                                                    \
        SUCCEED("skipped: " reason);                                                                                             \
        return;                                                                                                                  \
    } while (false)
#endif

#pragma once
#include "support/catch.hpp"
#include <cstdio>

namespace talos::test {

/// The line by which CTest knows a skipped test (SKIP_REGULAR_EXPRESSION in tests/CMakeLists.txt).
inline void print_skipped(const char* reason) {
    std::printf("talos-test-skipped: %s\n", reason);
    (void)std::fflush(stdout);
}

}   // namespace talos::test

/// Ends a test that proves nothing in this environment, and says why: `TALOS_SKIP("needs root");`. In the test's own function, before its
/// first assertion. What CI may skip stands in tests/skipped.txt.
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

#pragma once

// Sanitizers keep books per thread, and a child that shares its parent's memory runs on its parent's: it may not write into them.
#if defined(__clang__) && __has_attribute(disable_sanitizer_instrumentation)
#define TALOS_UNINSTRUMENTED                                                                                                     \
    __attribute__((no_sanitize("address", "thread", "undefined"), disable_sanitizer_instrumentation, noinline))
#else
#define TALOS_UNINSTRUMENTED __attribute__((no_sanitize("address", "thread", "undefined"), noinline))
#endif

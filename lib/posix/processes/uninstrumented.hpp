#pragma once

// Sanitizers keep state for each thread. A child that shares its parent's memory runs on the state of its parent's thread and
// must not write to it.
#if defined(__clang__) && __has_attribute(disable_sanitizer_instrumentation)
#define TALOS_UNINSTRUMENTED                                                                                                     \
    __attribute__((no_sanitize("address", "thread", "undefined"), disable_sanitizer_instrumentation, noinline))
#else
#define TALOS_UNINSTRUMENTED __attribute__((no_sanitize("address", "thread", "undefined"), noinline))
#endif

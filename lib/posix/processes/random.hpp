#pragma once
#include <cstdint>

namespace talos::posix {

/// A random number from the kernel (getrandom(2)). It costs one system call; std::random_device may spend microseconds in the
/// generator of the processor.
[[nodiscard]] std::uint64_t random_number();

}   // namespace talos::posix

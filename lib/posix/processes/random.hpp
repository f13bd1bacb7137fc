#pragma once
#include <cstdint>

namespace talos::posix {

/// From the kernel (getrandom(2)): one system call, where std::random_device may spend microseconds in the processor's generator.
[[nodiscard]] std::uint64_t random_number();

}   // namespace talos::posix

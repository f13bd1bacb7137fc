#pragma once
#include <cstdint>

namespace talos::logs {

/// The descriptor that the worker wrote to; `out` if both are the same pipe.
enum class Stream : std::uint8_t { out, err };

}   // namespace talos::logs

#pragma once
#include <cstdint>

namespace talos::logs {

/// Which of a worker's descriptors it wrote to; `out` for both when they are one pipe.
enum class Stream : std::uint8_t { out, err };

}   // namespace talos::logs

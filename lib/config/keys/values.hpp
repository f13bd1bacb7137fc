#pragma once

namespace talos::config {

/// How env values are shown: as `"***"`, or as they are.
enum class Values { masked, shown };

}   // namespace talos::config

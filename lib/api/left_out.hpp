#pragma once
#include <string_view>

namespace talos::api {

/// The trailer field of a log stream that names an older log file which could not be read.
inline constexpr std::string_view left_out_field = "Talos-Left-Out";

}   // namespace talos::api

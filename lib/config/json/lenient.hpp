// config/json: JSON with comments and trailing commas, read into a Document.
// A further file format is a room beside this one that makes a Document too.
// Begin with read_document.hpp.
#pragma once
#include <string>
#include <string_view>

namespace talos::config {

/// What talosctl needs to find a daemon: `dataDir` of the text, absolute, or empty when it is not there or not readable.
/// Never fails: whatever else is broken in the text must not keep anyone from stopping a daemon.
[[nodiscard]] std::string lenient_data_dir(std::string_view text, const std::string& path);
/// The same for `controlSocket`.
[[nodiscard]] std::string lenient_control_socket(std::string_view text, const std::string& path);

}   // namespace talos::config

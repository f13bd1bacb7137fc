// config/json: Reads JSON with comments and trailing commas into a Document.
// Another file format is a room next to this one that also makes a Document.
// Begin with read_document.hpp.
#pragma once
#include <string>
#include <string_view>

namespace talos::config {

/// The absolute `dataDir` in the text, which talosctl needs to find a talosd. Empty if it is missing or unreadable. Never fails:
/// other errors in the text must not prevent a user from stopping talosd.
[[nodiscard]] std::string lenient_data_dir(std::string_view text, const std::string& path);
/// The same for `controlSocket`.
[[nodiscard]] std::string lenient_control_socket(std::string_view text, const std::string& path);

}   // namespace talos::config

// config/load: From the text of a file to a checked Config: includes, all sections, checks across workers.
// It opens no file itself: HostSystem does.
// Begin with parse.hpp.
#pragma once
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"

namespace talos::config {

/// A rule of `access`: who besides the owner and root may use the control API.
[[nodiscard]] Keys<AccessRule> access_keys();

/// Reads and shows the array of rules.
[[nodiscard]] std::vector<AccessRule> read_access(const Reading& reading, const Node& node);
void show_access(const Showing& showing, std::string_view key, const std::vector<AccessRule>& rules);

}   // namespace talos::config

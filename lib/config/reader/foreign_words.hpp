#pragma once
#include <span>
#include <string>
#include <string_view>

namespace talos::config {

/// What an unknown key is called here, when it is a word of supervisord, pm2, systemd, Docker Compose or Kubernetes, or another spelling of a
/// known key. `known`: the keys of the object that it stands in. A dotted answer leads into an object: `restart.limit`. Empty: none is known.
[[nodiscard]] std::string native_key(std::string_view key, std::span<const std::string_view> known);

}   // namespace talos::config

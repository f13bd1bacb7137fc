#pragma once
#include "config/model/model.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

namespace talos::config {

/// For `talosd --check` as root: what workers, hooks and probes that run as root would execute, or have as working directory, although
/// users other than root and `owners` can change it. One sentence each, with the place in the config:
/// `talos.json: /workers/web/command: root would execute /srv/app/run, but directory /srv/app belongs to alice (uid 1000), mode 0755`.
/// Workers with another `user` are left out: what they execute has only that user's rights. Empty for an ordinary user's talosd.
[[nodiscard]] std::vector<std::string> root_risks(const Config& config, const std::vector<uid_t>& owners);

}   // namespace talos::config

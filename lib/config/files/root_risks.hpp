#pragma once
#include "config/model/model.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

namespace talos::config {

/// For `talosd --check` as root: the files that root's workers, hooks and probes would execute, or use as working directory, and
/// that users other than root and `owners` can change. One sentence for each, with its position in the config: `talos.json:
/// /workers/web/command: root would execute /srv/app/run, but directory /srv/app belongs to alice (uid 1000), mode 0755`. Workers
/// with another `user` are skipped, because their programs run with that user's rights. Empty for an ordinary user's talosd.
[[nodiscard]] std::vector<std::string> root_risks(const Config& config, const std::vector<uid_t>& owners);

}   // namespace talos::config

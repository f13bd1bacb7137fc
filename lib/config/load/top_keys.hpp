#pragma once
#include "config/keys/keys.hpp"
#include "config/load/checks.hpp"
#include "config/model/model.hpp"
#include <vector>

namespace talos::config {

/// What workers are made of; the nodes are those of one or more files.
struct Parts {
    const Node* defaults = nullptr;
    std::vector<const Node*> templates;
    std::vector<const Node*> workers;
    ControlOffsets offsets;
    bool included = false;   ///< what is read is a file that the config includes
};

/// The keys of talosd itself, and those that workers are made of, which are read into `Parts` and shown and compared as workers.
[[nodiscard]] Keys<Config> top_keys();

}   // namespace talos::config

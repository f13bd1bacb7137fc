#pragma once
#include "config/document/findings.hpp"
#include "config/model/host_system.hpp"
#include "config/sections/worker_reader.hpp"
#include <optional>
#include <vector>

/// Checks combinations of keys that are valid individually.
namespace talos::config {

/// The offsets of two keys that are checked together with others.
struct ControlOffsets {
    std::optional<std::size_t> socket;
    std::optional<std::size_t> access;
};

/// Checks that no worker has the name of an instance, or of an instance that a higher count would create. `nodes` are the values
/// of `workers`.
void check_instance_names(const std::vector<const Node*>& nodes, const std::vector<Group>& groups, Findings& findings);

/// Checks that no two workers write to the same file, that none writes to a file of talosd, and that log files outside the data
/// directory are regular files. `config` is complete except for the workers.
void check_log_files(const std::vector<ReadWorker>& workers, const Config& config, const HostSystem& host, Findings& findings);

/// Checks that each dependency can reach the required state and that there are no cycles. The patterns of groups without
/// instances are checked like workers, because `talosctl scale` may add instances.
void check_dependencies(const std::vector<ReadWorker>& workers, const std::vector<ReadWorker>& unused_patterns,
                        const std::vector<Group>& groups, Findings& findings);

void check_control(const Config& config, const ControlOffsets& offsets, Findings& findings);

}   // namespace talos::config

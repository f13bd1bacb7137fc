#pragma once
#include "config/document/findings.hpp"
#include "config/model/host_system.hpp"
#include "config/sections/worker_reader.hpp"
#include <optional>
#include <vector>

/// What is wrong between keys that are right by themselves.
namespace talos::config {

/// Where the two keys stand that only make sense together with others.
struct ControlOffsets {
    std::optional<std::size_t> socket;
    std::optional<std::size_t> access;
};

/// No worker has the name that an instance has, or would have if there were more of them. The nodes are those of `workers`.
void check_instance_names(const std::vector<const Node*>& nodes, const std::vector<Group>& groups, Findings& findings);

/// No two workers write to the same file, none to one of talosd's own, and outside the data directory none to what is no plain file.
/// `config` has everything but the workers.
void check_log_files(const std::vector<ReadWorker>& workers, const Config& config, const HostSystem& host, Findings& findings);

/// Each dependency is on a worker that can be what is asked of it, and none comes back to where it began. The patterns of groups without
/// instances are checked as workers are: `talosctl scale` may give them some.
void check_dependencies(const std::vector<ReadWorker>& workers, const std::vector<ReadWorker>& unused_patterns,
                        const std::vector<Group>& groups, Findings& findings);

void check_control(const Config& config, const ControlOffsets& offsets, Findings& findings);

}   // namespace talos::config

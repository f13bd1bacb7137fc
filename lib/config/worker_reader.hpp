#pragma once
#include "config/model.hpp"
#include "config/reader.hpp"
#include <string>
#include <vector>

namespace talos::config {

/// A worker and where to point, for each of its logs, when the file is at odds with another one's.
struct ReadWorker {
    WorkerSpec spec;
    std::vector<std::size_t> log_offsets;
};

/// Reads one member of `workers`. `folder`: what relative paths are relative to.
[[nodiscard]] ReadWorker read_worker(Reader& reader, const Member& member, const std::string& folder);

/// An array of strings, or one string that is split like a shell would.
[[nodiscard]] std::vector<std::string> read_command(Reader& reader, const Node& node);

}  // namespace talos::config

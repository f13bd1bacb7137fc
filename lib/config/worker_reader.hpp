#pragma once
#include "config/env_reader.hpp"
#include "config/model.hpp"
#include "config/reader.hpp"
#include <string>
#include <vector>

namespace talos::config {

/// A worker and where to point, for each of its logs, when the file is at odds with another one's.
struct ReadWorker {
    WorkerSpec spec;
    std::vector<std::size_t> log_offsets;
    std::vector<EnvFileName> env_files;
};

/// Reads one member of `workers`.
[[nodiscard]] ReadWorker read_worker(Reader& reader, const Member& member, EnvFiles& env_files);

/// Findings about keys of a worker that stand where none is made of them.
void check_keys(Reader& reader, const Node& node);

}  // namespace talos::config

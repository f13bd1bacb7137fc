#pragma once
#include "config/model.hpp"
#include "config/reader.hpp"
#include <string>

namespace talos::config {

/// A worker and where to point when its log file is at odds with another one's.
struct ReadWorker {
    WorkerSpec spec;
    std::size_t log_offset = 0;
};

/// Reads one member of `workers`. `folder`: what relative paths are relative to.
[[nodiscard]] ReadWorker read_worker(Reader& reader, const Member& member, const std::string& folder);

}  // namespace talos::config

#pragma once
#include "config/model/model.hpp"
#include "config/reader/reader.hpp"
#include "config/sections/env_reader.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace talos::config {

/// A worker and where to point, for each of its logs and dependencies, when it is at odds with another worker.
struct ReadWorker {
    WorkerSpec spec;   ///< with `instances`: the pattern
    std::optional<std::uint32_t> instances;
    std::vector<std::size_t> log_offsets;
    std::vector<std::size_t> dependency_offsets;
};

/// What stands for its name in texts that are filled in for each instance later.
[[nodiscard]] std::string name_in_texts(const ReadWorker& worker);

/// What workers may refer to.
struct Around {
    EnvFiles& env_files;
    const Getenv& getenv;
    const std::function<std::vector<Remark>(const WorkerSpec&)>& inspect;
};

/// Reads one member of `workers`.
[[nodiscard]] ReadWorker read_worker(Reader& reader, const Member& member, const Around& host);

/// Findings about keys of a worker that stand where none is made of them.
void check_keys(Reader& reader, const Node& node);

/// An array of strings, or one string that is split like a shell would.
[[nodiscard]] std::vector<std::string> read_command(Reader& reader, const Node& node, const Scope& scope);

}   // namespace talos::config

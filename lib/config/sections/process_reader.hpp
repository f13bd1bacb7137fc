#pragma once
#include "config/model/model.hpp"
#include "config/reader/reader.hpp"
#include <string>
#include <vector>

namespace talos::config {

/// The name or number of a user or group.
void read_account(Reader& reader, const Node& node, std::string& target, std::string_view kind);
void read_groups(Reader& reader, const Node& node, ProcessSpec& process);
/// `"0027"`
void read_umask(Reader& reader, const Node& node, ProcessSpec& process);
/// `{"nofile": 1024, "core": {"soft": "0B", "hard": "unlimited"}}`
void read_rlimits(Reader& reader, const Node& node, ProcessSpec& process);
/// `"0-3,8"`, the list format of cpuset(7).
void read_cpus(Reader& reader, const Node& node, ProcessSpec& process);

}   // namespace talos::config

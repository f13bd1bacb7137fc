#pragma once
#include "config/model/model.hpp"
#include "config/reader/reader.hpp"
#include <string_view>
#include <vector>

namespace talos::config {

/// What `dependsOn` says, and where each of them is named.
struct ReadDependencies {
    std::vector<Dependency> dependencies;
    std::vector<std::size_t> offsets;
};

/// `{"db": "ready"}`, or `{"db": {"condition": "ready", "onFailure": "stop"}}`.
[[nodiscard]] ReadDependencies read_depends_on(Reader& reader, const Node& node);

}   // namespace talos::config

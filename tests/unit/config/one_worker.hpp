#pragma once
#include "parsing.hpp"

/// Configs of a single worker.
namespace talos::config {

inline WorkerSpec worker_of(const std::string& text) {
    const auto config = config_of(text);
    REQUIRE(config.workers.size() == 1);
    return config.workers.front();
}

/// A worker with these further members.
inline std::string web_with(const std::string& members) { return R"({"workers": {"web": {"command": ["x"], )" + members + "}}}"; }

}   // namespace talos::config

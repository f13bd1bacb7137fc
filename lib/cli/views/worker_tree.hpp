#pragma once
#include "state/status_document.hpp"
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace talos::cli {

/// A worker in the tree of dependencies.
struct TreeLine {
    std::size_t worker;   ///< in the document
    std::string lead;     ///< what stands before its name
    bool above = false;   ///< it depends on others, which are shown where it stands first
};

/// Below each worker those that it depends on. The roots are the workers of `which`, of which, when they are all, only those that nobody
/// depends on.
[[nodiscard]] std::vector<TreeLine> tree_of(const state::StatusDocument& document, std::span<const std::size_t> which);

}   // namespace talos::cli

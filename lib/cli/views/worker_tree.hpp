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
    std::string lead;     ///< the text before its name
    bool above = false;   ///< its dependencies are shown at its first occurrence
};

/// Each worker with its dependencies below it. The roots are the workers of `which`; if these are all workers, only those that no
/// worker depends on.
[[nodiscard]] std::vector<TreeLine> tree_of(const state::StatusDocument& document, std::span<const std::size_t> which);

}   // namespace talos::cli

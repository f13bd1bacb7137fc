#pragma once
#include "config/model/model.hpp"
#include <string>

namespace talos::config {

/// Who depends on whom: an arrow leads from the dependent to what it depends on, and says the condition, and what follows when that
/// fails unless nothing does. All workers are in it, also those that have nothing to do with others.

/// The DOT language of Graphviz.
[[nodiscard]] std::string dot_graph(const Config& config);
/// A flowchart of Mermaid, as Markdown viewers draw it.
[[nodiscard]] std::string mermaid_graph(const Config& config);

}   // namespace talos::config

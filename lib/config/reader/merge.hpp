#pragma once
#include "config/document/document.hpp"

namespace talos::config {

/// A worker's keys `over` those that it takes over: `env`, `restart`, `stop`, `rlimits` and a `log` that is one file are laid over each
/// other key by key, everything else is replaced as a whole. All keep their places. `restart` as a word is its `policy`.
[[nodiscard]] Node::Object merge(const Node::Object& base, const Node::Object& over);

}   // namespace talos::config

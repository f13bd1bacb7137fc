#pragma once
#include "config/sections/worker_reader.hpp"

namespace talos::config {

/// Reads the key `log` of a worker: a word, one destination, or an array of them.
void read_log(Reader& reader, const Node& node, ReadWorker& worker);

}   // namespace talos::config

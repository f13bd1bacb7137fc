#pragma once
#include "config/model/model.hpp"
#include "config/reader/reader.hpp"

namespace talos::config {

class Scope;

/// `{"http": "http://127.0.0.1/health", "interval": "10s"}`: one question, how it is asked, and what follows.
void read_health(Reader& reader, const Node& node, const Scope& scope, HealthSpec& health);

}   // namespace talos::config

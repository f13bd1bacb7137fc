#pragma once
#include "config/model/model.hpp"
#include "config/reader/reader.hpp"

namespace talos::config {

class Scope;

/// `{"notify": true, "timeout": "30s"}`: one question, and for how long it is asked.
void read_ready(Reader& reader, const Node& node, const Scope& scope, ReadySpec& ready);

}   // namespace talos::config

#pragma once
#include "config/model/model.hpp"
#include "config/use/show.hpp"
#include "config/use/show_writer.hpp"

namespace talos::config {

/// Writes `ready` and `health` of a worker in the format of a config file.
void write_ready(ShowWriter& writer, const ReadySpec& ready, Values values);
void write_health(ShowWriter& writer, const HealthSpec& health, Values values);

}   // namespace talos::config

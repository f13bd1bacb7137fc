#pragma once
#include "config/model/model.hpp"
#include "config/use/show.hpp"
#include "config/keys/show_writer.hpp"

namespace talos::config {

/// `ready` and `health` of a worker, as the file has them.
void write_ready(ShowWriter& writer, const ReadySpec& ready, Values values);
void write_health(ShowWriter& writer, const HealthSpec& health, Values values);

}   // namespace talos::config

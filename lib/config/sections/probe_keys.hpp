#pragma once
#include "config/keys/keys.hpp"
#include "config/model/model.hpp"
#include <span>
#include <string_view>

namespace talos::config {

/// What talosd asks from outside. `ready` and `health` have these keys beside their own.
[[nodiscard]] Keys<ProbeSpec> probe_keys();

/// Those of the keys that ask something.
[[nodiscard]] bool is_probe_question(std::string_view key);

/// The questions that keys of a probe may be for.
inline constexpr std::string_view all_probes = "\"tcp\", \"http\" and \"exec\"";

/// A key that is only there to be asked: `true`.
void read_true(Reader& reader, const Node& node);

}   // namespace talos::config

#pragma once
#include "core/result.hpp"
#include "reference/sections.hpp"
#include <string>
#include <string_view>
#include <vector>

namespace talos::reference {

/// The JSON schema, two spaces of indent. `frame` is a schema that says how keys go together and what values without a codec look like:
///     {"properties": {"$keys": "restart", …}}   gets the keys of that section, with the members that the frame has for them
///     {"$type": "restart.policy"}               becomes the schema of that key's value
/// Fails for a frame that is no JSON, names what there is not, has a key that the section does not have, or repeats what a row says.
[[nodiscard]] Result<std::string> schema_of(std::string_view frame, const std::vector<Section>& sections);

}   // namespace talos::reference

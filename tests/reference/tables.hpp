#pragma once
#include "core/result.hpp"
#include "reference/sections.hpp"
#include <string>
#include <string_view>
#include <vector>

namespace talos::reference {

/// The section as a Markdown table: `| key | type | default | live | meaning |`.
[[nodiscard]] std::string table_of(const Section& section);

/// `page` with the tables between its markers replaced, each of which stands alone in its line:
///     <!-- keys: restart -->
///     <!-- end keys -->
/// Fails for an unknown section and for a marker without its end.
[[nodiscard]] Result<std::string> with_tables(std::string_view page, const std::vector<Section>& sections);

}   // namespace talos::reference

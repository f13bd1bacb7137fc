#pragma once
#include "core/result.hpp"
#include "http/routes/query.hpp"
#include "http/routes/route.hpp"
#include <cstddef>
#include <vector>

namespace talos::http {

/// The ranges that `lines`, `since` and `until` select in the logs of the given number of words: one range for all words or one
/// for each. Each parameter has one value or one per word, separated by commas; some may be empty. Pure. Fails with a sentence.
[[nodiscard]] Result<std::vector<api::LogRange>> log_ranges(const Query& query, std::size_t words);

}   // namespace talos::http

#pragma once
#include "core/result.hpp"
#include "http/routes/query.hpp"
#include "http/routes/route.hpp"
#include <cstddef>
#include <vector>

namespace talos::http {

/// What `lines`, `since` and `until` say about the logs of so many words: one range for all of them, or one for each. Each parameter has one
/// value, or as many as there are words with commas between them, of which some may be empty. Pure; the failure is a sentence.
[[nodiscard]] Result<std::vector<api::LogRange>> log_ranges(const Query& query, std::size_t words);

}   // namespace talos::http

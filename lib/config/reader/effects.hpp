#pragma once
#include "config/document/document.hpp"
#include "config/document/findings.hpp"
#include "config/model/model.hpp"
#include <cstdint>
#include <optional>
#include <string>

namespace talos::config {

/// Whether what is missing in an object may still come from elsewhere: a template or `defaults` is only a part of a worker.
enum class Whole : std::uint8_t { worker, part };

/// Warns of each key of `own` that changes nothing beside the others. `worker` is what it means with all that it takes over: a key that was
/// taken over and is of no use in this worker is not reported.
void warn_of_no_effect(Findings& findings, const Node& own, const WorkerSpec& worker, Whole whole);

/// Why `limit` failures never come within `window`, as a clause with the arithmetic; nothing when they can, or without a limit.
[[nodiscard]] std::optional<std::string> limit_complaint(const RestartSpec& restart);

}   // namespace talos::config

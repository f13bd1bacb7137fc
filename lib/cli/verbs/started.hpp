#pragma once
#include "cli/session/context.hpp"
#include "state/status_document.hpp"
#include <optional>
#include <string>
#include <vector>

/// The state of the workers that a start of talosd brings up.
namespace talos::cli {

/// A worker whose goal is up and that has failed: it is in backoff or fatal.
struct FailedStart {
    std::string worker;
    std::string state;
    std::string reason;
    friend bool operator==(const FailedStart&, const FailedStart&) = default;
};
/// Pure, as are the two functions below.
[[nodiscard]] std::vector<FailedStart> failed_starts(const state::StatusDocument& document);
/// Whether each worker whose goal is up is up, has completed or has failed.
[[nodiscard]] bool all_decided(const state::StatusDocument& document);
/// `2 of 6 workers failed:`, and a line for each.
[[nodiscard]] std::string failed_text(const std::vector<FailedStart>& failed, std::size_t workers);

/// The workers that have failed by now. With `wait`: once all are decided or the timeout has passed; undecided workers then count
/// as failed. `workers` receives the total number.
[[nodiscard]] std::vector<FailedStart> check_starts(Context& context, bool wait, std::optional<Millis> timeout,
                                                    std::size_t& workers);

}   // namespace talos::cli

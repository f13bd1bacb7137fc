#pragma once
#include "cli/session/context.hpp"
#include "state/status_document.hpp"
#include <optional>
#include <string>
#include <vector>

/// What has become of the workers that a start of talosd brings up.
namespace talos::cli {

/// A worker that is wanted up and has failed so far: it is to be started again, or has given up.
struct FailedStart {
    std::string worker;
    std::string state;
    std::string reason;
    friend bool operator==(const FailedStart&, const FailedStart&) = default;
};
/// Pure, as the two below.
[[nodiscard]] std::vector<FailedStart> failed_starts(const state::StatusDocument& document);
/// Whether each worker that is wanted up is up, done, or has failed.
[[nodiscard]] bool all_decided(const state::StatusDocument& document);
/// `2 of 6 workers failed:`, and a line for each.
[[nodiscard]] std::string failed_text(const std::vector<FailedStart>& failed, std::size_t workers);

/// The workers that have failed by now. With `wait`: once all are decided, or at the end of the timeout, when undecided ones count as failed.
/// `workers`: how many there are.
[[nodiscard]] std::vector<FailedStart> look_at_starts(Context& context, bool wait, std::optional<Millis> timeout,
                                                      std::size_t& workers);

}   // namespace talos::cli

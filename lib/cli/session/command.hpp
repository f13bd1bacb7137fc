#pragma once
#include "cli/session/answers.hpp"
#include "cli/session/api.hpp"
#include <optional>
#include <span>
#include <string_view>

/// Shared by the verbs that command talosd: send, wait, report the outcome.
namespace talos::cli {

/// For a restart of several workers.
enum class Order : std::uint8_t { at_once, rolling };

/// `start W…`, `stop W…`, `restart W…`, `disable W…`, `reload W…`; the exit code.
[[nodiscard]] int command_workers(Context& context, std::string_view verb, const Words& words, bool no_wait,
                                  std::optional<Millis> timeout, Order order = Order::at_once);

/// The time from the first signal of the worker's stop plan to SIGKILL.
[[nodiscard]] Millis plan_length(const state::WorkerStatus& worker);

/// The time that the verb may take for these workers: their stop plans, and for starts the longest start time in the config.
[[nodiscard]] Millis default_wait(const state::StatusDocument& document, const Words& words, std::string_view verb);

/// The time that the stop plans of these workers may take, plus a margin. Pure.
[[nodiscard]] Millis patience_with(const state::StatusDocument& document, std::span<const std::size_t> which,
                                   std::string_view verb);

/// Sends the POST. With `wait`, streams the progress to the terminal. Returns the answer, or the exit code after printing the
/// error.
struct Posted {
    std::optional<CommandAnswer> answer;
    int code = 0;
};
[[nodiscard]] Posted post(Context& context, http::Client& client, const std::string& target, std::optional<Millis> wait,
                          std::string_view going_on);

/// Prints the outcome for each worker, successes on stdout and failures on stderr, and returns the exit code. Without a wait,
/// pending commands count as success.
[[nodiscard]] int report_results(Context& context, const CommandAnswer& answer, std::optional<Millis> time_limit);

/// The error for a word that cannot match anything; nullopt if all words can.
[[nodiscard]] std::optional<int> refuse_empty_word(Context& context, const Words& words);

}   // namespace talos::cli

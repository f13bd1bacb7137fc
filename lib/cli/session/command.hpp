#pragma once
#include "cli/session/answers.hpp"
#include "cli/session/api.hpp"
#include <optional>
#include <span>
#include <string_view>

/// What the verbs that command talosd share: asking, waiting, showing what came of it.
namespace talos::cli {

/// Of a restart of several workers.
enum class Order : std::uint8_t { at_once, rolling };

/// `start W…`, `stop W…`, `restart W…`, `disable W…`, `reload W…`; the exit code.
[[nodiscard]] int command_workers(Context& context, std::string_view verb, const Words& words, bool no_wait,
                                  std::optional<Millis> timeout, Order order = Order::at_once);

/// From the first signal of its stop plan to SIGKILL.
[[nodiscard]] Millis plan_length(const state::WorkerStatus& worker);

/// How long that verb may take for these workers: their plans, and for starts the longest time that the config gives one.
[[nodiscard]] Millis default_wait(const state::StatusDocument& document, const Words& words, std::string_view verb);

/// How long the plans of these workers may take, and some time besides. Pure.
[[nodiscard]] Millis patience_with(const state::StatusDocument& document, std::span<const std::size_t> which,
                                   std::string_view verb);

/// POSTs, streaming what becomes of it to the terminal when `wait` is given. The answer, or the exit code after having said why not.
struct Posted {
    std::optional<CommandAnswer> answer;
    int code = 0;
};
[[nodiscard]] Posted post(Context& context, http::Client& client, const std::string& target, std::optional<Millis> wait,
                          std::string_view going_on);

/// What came of it for each worker: on stdout what was reached, on stderr what was not; the exit code. Without a wait, what is under way
/// is fine.
[[nodiscard]] int tell_results(Context& context, const CommandAnswer& answer, std::optional<Millis> waited);

/// The refusal for a word that can mean nobody; nothing when all can mean somebody.
[[nodiscard]] std::optional<int> refuse_empty_word(Context& context, const Words& words);

}   // namespace talos::cli

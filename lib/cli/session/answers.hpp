// cli/session: What every verb needs: the location of talosd, its API, waiting, printing. A verb receives it as a Context. Begin
// with context.hpp.
#pragma once
#include "http/client/client.hpp"
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// talosd's answers on the control socket, as data and as text. Pure.
namespace talos::cli {

/// A refusal: RFC 9457, or the text of any other answer than 2xx.
struct ProblemText {
    std::string detail;   ///< one sentence
    std::string code;
    std::vector<std::string> errors;   ///< of an invalid config, as `talosd --check` prints them
    int exit = 0;
};
[[nodiscard]] ProblemText parse_problem(const http::Response& response);

/// The outcome of a command for one worker.
struct WorkerResult {
    enum class What : std::uint8_t { pending, reached, failed };
    What what = What::pending;
    std::string worker;
    std::string state;
    pid_t pid = 0;
    std::string reason;
};

struct CommandAnswer {
    bool reached = false;   ///< whether all workers reached their target; absent without a wait
    std::vector<WorkerResult> results;
    boost::json::object document;   ///< the original document
};

/// A line of a streamed answer: one worker's result, or the final document. nullopt for any other shape.
[[nodiscard]] std::optional<WorkerResult> parse_result(const boost::json::object& object);
[[nodiscard]] std::optional<CommandAnswer> parse_answer(boost::json::object object);
[[nodiscard]] std::optional<boost::json::object> parse_object(std::string_view text);

/// The current state: `running, pid 4711`, `stopped`, `stopping, SIGKILL in 12 s`.
[[nodiscard]] std::string state_text(const WorkerResult& result);

/// A reload plan as text: `+ new`, `- old`, `~ web: command (restart), restart.delay (live)`, then the number of unchanged
/// workers. If the answer has values, each key has a line: ` restart.delay (live): "100ms" → "1s"`.
[[nodiscard]] std::string plan_text(const boost::json::object& document);

/// Warnings about the config, one per line, as `talosd --check` prints them; empty if there are none.
[[nodiscard]] std::string warnings_text(const boost::json::object& document);

/// The changes made by `scale` and how long they last, one per line: `web: 4 instances, 2 before, until the next reload or
/// restart of talosd`.
[[nodiscard]] std::string scale_text(const boost::json::object& document);

/// `web,db*` for a path: each word percent-encoded, commas between them.
[[nodiscard]] std::string names_in_path(const std::vector<std::string>& words);
/// One word, percent-encoded.
[[nodiscard]] std::string encoded(std::string_view word);

}   // namespace talos::cli

// cli/session: What every verb needs: where talosd is, its API, waiting for a state, printing.
// A verb gets it as a Context.
// Begin with context.hpp.
#pragma once
#include "http/client/client.hpp"
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// What talosd answers on its control socket, as data and as people read it. Pure.
namespace talos::cli {

/// A refusal: RFC 9457, or whatever else an answer that is no 2xx says.
struct ProblemText {
    std::string detail;   ///< one sentence
    std::string code;
    std::vector<std::string> errors;   ///< of an invalid config, as `talosd --check` prints them
    int exit = 0;
};
[[nodiscard]] ProblemText parse_problem(const http::Response& response);

/// What has become of a command for one worker.
struct WorkerResult {
    enum class What : std::uint8_t { pending, reached, failed };
    What what = What::pending;
    std::string worker;
    std::string state;
    pid_t pid = 0;
    std::string reason;
};

struct CommandAnswer {
    bool reached = false;   ///< all of them; absent without a wait
    std::vector<WorkerResult> results;
    boost::json::object document;   ///< as it came
};

/// A line of a streamed answer: one worker's result, or the document at its end. Nothing for another shape.
[[nodiscard]] std::optional<WorkerResult> parse_result(const boost::json::object& object);
[[nodiscard]] std::optional<CommandAnswer> parse_answer(boost::json::object object);
[[nodiscard]] std::optional<boost::json::object> parse_object(std::string_view text);

/// `running, pid 4711`, `stopped`, `stopping, SIGKILL in 12 s`: how it stands.
[[nodiscard]] std::string state_text(const WorkerResult& result);

/// The plan of a reload in plain lines: `+ new`, `- old`, `~ web: command (restart), restart.delay (live)`, then how many stay.
/// Where the answer has values, each key has a line below: `    restart.delay (live): "100ms" → "1s"`.
[[nodiscard]] std::string plan_text(const boost::json::object& document);

/// Warnings about the config, a line each, as `talosd --check` prints them; empty when there are none.
[[nodiscard]] std::string warnings_text(const boost::json::object& document);

/// What `scale` changed and how long it lasts, a line each: `web: 4 instances, 2 before, until the next reload or start of talosd`.
[[nodiscard]] std::string scale_text(const boost::json::object& document);

/// `web,db*` for a path: each word percent-encoded, commas between them.
[[nodiscard]] std::string names_in_path(const std::vector<std::string>& words);
/// One word, percent-encoded.
[[nodiscard]] std::string encoded(std::string_view word);

}   // namespace talos::cli

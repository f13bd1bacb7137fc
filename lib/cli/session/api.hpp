#pragma once
#include "cli/session/context.hpp"
#include "client/daemon_manager.hpp"
#include "http/client/client.hpp"
#include <optional>
#include <string>
#include <variant>

/// talosctl's connection to a running talosd: its control socket. The path is `controlSocket` of the config that talosd has
/// loaded (even if that is invalid), else control.sock in the data directory. If the files identify the talosd process, only the
/// socket of that process is used. In every case the kernel must report that the listening process belongs to the owner of the
/// data directory. Thus root can use the talosd of another user through that user's directory without trusting its files.
namespace talos::cli {

/// Time limit for an answer that needs no wait.
inline constexpr Millis answer_patience{30'000};

struct Api {
    http::Client client;
    pid_t listener = 0;                              ///< the listening process; 0: of another PID namespace
    std::optional<state::StatusDocument> document;   ///< if the data directory can be read
};

struct NoApi {
    int code = 0;           ///< exit code
    std::string sentence;   ///< why, and what to do
    bool running = false;   ///< talosd is running nevertheless
};

/// States that talosd is not running there, and what to do.
[[nodiscard]] std::string not_running_sentence(const DaemonLocation& location);

/// Whether the running talosd in `probe` is suspended by a signal and cannot answer.
[[nodiscard]] bool is_stopped(const client::Probe& probe);

/// Connects. `probe` is the result of the files.
[[nodiscard]] std::variant<Api, NoApi> reach(const DaemonLocation& location, const client::Probe& probe);
/// Probes the files first.
[[nodiscard]] std::variant<Api, NoApi> reach(const Context& context);

/// The socket for a caller that may not trust or read the data directory's files but may use the socket; nullopt for all others.
[[nodiscard]] std::optional<http::Endpoint> socket_instead(const Context& context, const client::DaemonManager& manager);

/// The status over the socket. A failure's message is a complete sentence.
enum class Usage : std::uint8_t { without, with };   ///< whether to include the resource usage of the workers' processes
[[nodiscard]] Result<state::StatusDocument> ask_status(http::Client& client, Millis patience = answer_patience,
                                                       Usage usage = Usage::without);

/// Reports why there was no answer, or only part of one, and returns the exit code. `going_on`: the note after an interruption on
/// what talosd continues to do.
[[nodiscard]] int report_failure(Context& context, const http::Client& client, const Failure& failure,
                                 std::string_view going_on = {});
/// Reports talosd's refusal and returns the exit code.
[[nodiscard]] int report_problem(Context& context, const http::Response& response);

}   // namespace talos::cli

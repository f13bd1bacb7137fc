#pragma once
#include "cli/session/context.hpp"
#include "client/daemon_manager.hpp"
#include "http/client/client.hpp"
#include <optional>
#include <string>
#include <variant>

/// talosctl's way to a running talosd: its control socket. It is named by `controlSocket` of the config that talosd runs with (of a
/// broken one too), else it is control.sock in the data directory. Where the files say which process is talosd, only that one's socket
/// counts. Everywhere, the kernel must say that the listening process belongs to the owner of the data directory: so root can ask the
/// talosd of another user in that user's directory, whose files it does not believe.
namespace talos::cli {

/// How long talosd may take for an answer that waits for nothing.
inline constexpr Millis answer_patience{30'000};

struct Api {
    http::Client client;
    pid_t listener = 0;                              ///< the listening process; 0: of another PID namespace
    std::optional<state::StatusDocument> document;   ///< when the data directory can be read
};

struct NoApi {
    int code = 0;           ///< exit code
    std::string sentence;   ///< why, and what to do
    bool running = false;   ///< talosd runs all the same
};

/// That talosd does not run there, with what to do.
[[nodiscard]] std::string not_running_sentence(const DaemonLocation& location);

/// Whether the talosd that `probe` (running) names is stopped by a signal, and answers nothing.
[[nodiscard]] bool is_stopped(const client::Probe& probe);

/// Connects. `probe`: what the files say.
[[nodiscard]] std::variant<Api, NoApi> reach(const DaemonLocation& location, const client::Probe& probe);
/// ProbeSchedule at the files first.
[[nodiscard]] std::variant<Api, NoApi> reach(const Context& context);

/// The socket for a caller that may not believe the data directory's files, or not read them, but may ask; nothing for every other.
[[nodiscard]] std::optional<http::Endpoint> socket_instead(const Context& context, const client::DaemonManager& manager);

/// The picture over the socket; a failure's message is a whole sentence.
enum class Usage : std::uint8_t { without, with };   ///< what the workers' processes use
[[nodiscard]] Result<state::StatusDocument> ask_status(http::Client& client, Millis patience = answer_patience,
                                                       Usage usage = Usage::without);

/// Says why there was no answer, or none to the end; the exit code. `going_on`: what talosd does all the same after an interruption.
[[nodiscard]] int tell_failure(Context& context, const http::Client& client, const Failure& failure,
                               std::string_view going_on = {});
/// Says what talosd refused; the exit code.
[[nodiscard]] int tell_problem(Context& context, const http::Response& response);

}   // namespace talos::cli

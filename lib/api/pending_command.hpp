#pragma once
#include "state/status_document.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Commands on workers are recorded at once and completed later. A pending command ends when its target is reached or can no
/// longer be reached.
namespace talos::api {

enum class Verb : std::uint8_t {
    start,
    stop,
    restart,
    disable,   ///< a stop that stays in force when talosd restarts
    reload     ///< the worker reloads its own config
};
[[nodiscard]] std::string_view to_text(Verb verb);

/// Commands that complete immediately.
enum class Operation : std::uint8_t {
    reset,   ///< clears the failure count
    pause,
    resume,
    rotate,   ///< rotates the worker's logs
    enable    ///< ends a disable; does not start the worker
};
[[nodiscard]] std::string_view to_text(Operation operation);

/// One worker as the API shows it, with what is needed to judge pending commands.
struct WorkerView {
    state::WorkerStatus status;
    std::uint64_t command_number = 0;   ///< number of the latest command on this worker; 0: none yet
    Verb verb = Verb::start;            ///< of that command
    std::uint64_t attempts = 0;         ///< spawn attempts since talosd started, failed ones included
    std::optional<WallTime> kill_at;    ///< while stopping: when SIGKILL is sent (in the past: already sent)
    bool in_vain = false;               ///< it waits for another worker that has failed for good
    std::string disabled_cause;         ///< with in_vain: the worker that blocks this one, if it is disabled
    bool leaving = false;               ///< no longer in the config; removed once it is stopped
    std::uint64_t reloads = 0;          ///< completed reloads
    std::string reload_failure;         ///< of the latest reload; empty: it succeeded
};

struct PendingCommand {
    std::string worker;
    Verb verb = Verb::start;
    std::uint64_t number = 0;     ///< the worker's command number right after the request
    std::uint64_t attempts = 0;   ///< WorkerView::attempts right before the request
    std::uint64_t reloads = 0;    ///< WorkerView::reloads right before the request
    std::string skipped;   ///< why a worker that was not named explicitly is skipped, as a clause; empty: it is not skipped
};

/// The current outcome of a command.
struct Outcome {
    enum class What : std::uint8_t { pending, reached, failed };
    What what = What::pending;
    std::string state;   ///< the worker's state; `removed` if no worker of that name exists any more
    pid_t pid = 0;
    /// failed: why; pending: what the command waits for ("stopping, SIGKILL in 12 s"). One clause, no full stop.
    std::string reason;
};

/// Pure. start and restart are reached in `running` (restart: only by a spawn after the request; a program that ended with code 0
/// also counts), reload when the worker has completed it, stop and disable when no process is left and the goal is down. A
/// command fails in `fatal`, in `exited` with another code, at the first `backoff` of a run that began after the request, and
/// when a later command with another target replaces it. `now` is null when the worker no longer exists.
[[nodiscard]] Outcome judge(const PendingCommand& command, const WorkerView* now, WallTime clock);

}   // namespace talos::api

#pragma once
#include "state/status_document.hpp"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Commands on workers are wishes: they are noted at once, and it takes time until they have come true, or cannot any more.
namespace talos::api {

enum class Verb : std::uint8_t {
    start,
    stop,
    restart,
    disable,   ///< a stop that outlives restarts of talosd
    reload     ///< the worker is to read its own config again
};
[[nodiscard]] std::string_view to_text(Verb verb);

/// Commands that are done at once.
enum class Deed : std::uint8_t {
    reset,   ///< forgets earlier failures
    pause,
    resume,
    rotate,   ///< its logs
    enable    ///< takes a disable back; starts nothing
};
[[nodiscard]] std::string_view to_text(Deed deed);

/// One worker as the API shows it and as wishes are judged by.
struct WorkerView {
    state::WorkerStatus status;
    std::uint64_t wish = 0;            ///< number of the last wish on this worker; 0: none yet
    Verb verb = Verb::start;           ///< of that wish
    std::uint64_t attempts = 0;        ///< spawns tried since talosd started, those that failed included
    std::optional<WallTime> kill_at;   ///< in stopping: when SIGKILL comes (in the past: it was sent)
    bool in_vain = false;              ///< it waits for another worker that has given up
    std::string disabled_cause;        ///< in_vain: the worker that has given up, when that is disabled
    bool leaving = false;              ///< no longer in the config: gone once it is stopped
    std::uint64_t reloads = 0;         ///< that have ended
    std::string reload_failure;        ///< of the last of them; empty: it worked
};

struct PendingCommand {
    std::string worker;
    Verb verb = Verb::start;
    std::uint64_t number = 0;     ///< WorkerView::wish right after it was asked
    std::uint64_t attempts = 0;   ///< WorkerView::attempts right before it was asked
    std::uint64_t reloads = 0;    ///< WorkerView::reloads right before it was asked
    std::string skipped;          ///< why nothing is done for a worker that was not meant by its own name, in words; empty: it is
};

/// What has become of a wish by now.
struct Outcome {
    enum class What : std::uint8_t { pending, reached, failed };
    What what = What::pending;
    std::string state;   ///< the worker's; `removed` when there is none of that name any more
    pid_t pid = 0;
    std::string
        reason;   ///< failed: why; pending: what is being waited for ("stopping, SIGKILL in 12 s"); one clause, no full stop
};

/// Pure. start and restart are reached at `running` (restart: by a later spawn than when it was asked; a program that ended with code 0 has
/// done what it was started for), a reload when the worker is done with it, stop and disable when no process is left and none is wanted. They fail at `fatal`, `exited` with another
/// code, at the first `backoff` of a run that came after the wish, and when a later wish wants something else: it wins.
/// `now` is null when the worker is gone.
[[nodiscard]] Outcome judge(const PendingCommand& wish, const WorkerView* now, WallTime clock);

}   // namespace talos::api

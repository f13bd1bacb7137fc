#pragma once
#include "core/result.hpp"
#include "posix/descent/cgroup.hpp"
#include "posix/files/file.hpp"
#include "posix/processes/identity.hpp"
#include "state/reason_code.hpp"
#include "state/state_word.hpp"
#include "worker/data/health.hpp"
#include "worker/data/worker.hpp"
#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// status.json: the complete state of talosd and its workers. Optional members are absent in the document, never null.
namespace talos::state {

inline constexpr int status_schema = 1;
inline constexpr std::size_t status_limit = 64u << 20;   ///< a larger file was not written by talosd

enum class DaemonState : std::uint8_t { starting, running, stopping };
[[nodiscard]] std::string_view to_text(DaemonState state);

/// Problems with a worker's log: present while there is a problem and, once output was dropped, until talosd ends.
struct LogStatus {
    std::string trouble;   ///< empty: no problem now
    WallTime since{};      ///< set with `trouble`
    std::uint64_t dropped_lines = 0;
    std::uint64_t dropped_bytes = 0;
    friend bool operator==(const LogStatus&, const LogStatus&) = default;
};

/// What the worker has reported through sd_notify(3) in its current run.
struct NotifyStatus {
    std::string text;   ///< STATUS=; empty: absent
    bool reloading = false;
    bool stopping = false;                  ///< the worker stops on its own
    pid_t main_pid = 0;                     ///< the process that it declared as its main process; 0: absent
    std::optional<WallTime> heartbeat_at;   ///< when the last WATCHDOG=1 arrived
    friend bool operator==(const NotifyStatus&, const NotifyStatus&) = default;
};

/// The result of the worker's `health` probes in its current run.
struct HealthStatus {
    worker::HealthState state = worker::HealthState::unknown;
    WallTime since{};
    std::uint32_t failures = 0;   ///< consecutive, counted up to the number that makes it unhealthy
    std::string reason;           ///< of the last failure; empty: absent
    friend bool operator==(const HealthStatus&, const HealthStatus&) = default;
};

/// The resources that all processes of a worker use, on request only. Never in the file.
struct UsageStatus {
    std::uint32_t processes = 0;
    std::uint64_t memory = 0;   ///< resident bytes; shared memory counts for each process
    Millis cpu{0};              ///< total of the existing processes
    friend bool operator==(const UsageStatus&, const UsageStatus&) = default;
};

struct WorkerStatus {
    std::string name;
    std::string group;   ///< group of which it is an instance; empty: absent
    worker::State state = worker::State::stopped;
    bool remains_up = false;   ///< with completed: it counts as up until it is stopped
    worker::Goal goal = worker::Goal::down;
    bool ready = false;
    bool paused = false;       ///< a signal has stopped its main process; false: absent
    bool disabled = false;     ///< not started automatically, even after a restart of talosd; false: absent
    bool reloading = false;    ///< it was told to reload its own config and has not finished; false: absent
    bool old_config = false;   ///< its current run was started with an older config; false: absent
    std::uint32_t restarts = 0;
    pid_t pid = 0;                        ///< 0: no main process
    std::uint64_t start_ticks = 0;        ///< set with `pid`
    std::optional<WallTime> started_at;   ///< set with `pid`
    WallTime since{};
    std::optional<worker::LastExit> last_exit;
    std::optional<WallTime> next_start;
    std::uint32_t failures = 0;              ///< in a row, as `restart` counts them
    std::uint32_t failures_last_hour = 0;    ///< since talosd started; both 0: absent
    std::string reason;                      ///< empty: absent
    std::optional<ReasonCode> reason_code;   ///< of which kind that is; with a reason
    std::vector<config::StopStep> stop;
    Millis stop_hooks{0};                                          ///< additional time for preStop and postStop; 0: absent
    bool oneshot = false;                                          ///< absent for a service
    std::vector<std::pair<std::string, std::string>> depends_on;   ///< worker and condition in the config's order; empty: absent
    std::vector<std::string> waiting_for;   ///< dependencies that are not satisfied while it is to be up; empty: absent
    std::optional<LogStatus> log;
    std::optional<NotifyStatus> notify;
    std::optional<HealthStatus> health;   ///< only with `health` in the config
    std::optional<UsageStatus> usage;
    std::string cgroup;   ///< path of its run's cgroup; empty: absent
    friend bool operator==(const WorkerStatus&, const WorkerStatus&) = default;
};

/// The method that decides which processes belong to a worker: `cgroup PATH`, or `parent chain, session, marks, pipes (REASON)`
/// if `cgroup` is empty.
[[nodiscard]] std::string proof_text(const std::string& cgroup, const std::string& reason);

/// A oneshot whose last run did what it was there for.
[[nodiscard]] inline bool completed(const WorkerStatus& worker) { return worker.state == worker::State::completed; }

/// As the document has it: without `completed`.
[[nodiscard]] inline worker::State documented_state(const WorkerStatus& worker) {
    return documented_state(worker.state, worker.remains_up);
}

/// Its last run ended with code 0, and it was to be left alone after that.
[[nodiscard]] inline bool ended_well(const WorkerStatus& worker) {
    return completed(worker) || (worker.state == worker::State::exited && worker.reason.empty() && worker.last_exit &&
                                 worker.last_exit->status.clean());
}

/// Whether it is to be up but waits for its dependencies: `waiting` in output for users.
[[nodiscard]] inline bool is_waiting(const WorkerStatus& worker) {
    return worker.state == worker::State::stopped && worker.goal == worker::Goal::up;
}

/// The state in output for users: `waiting` for a `stopped` worker that waits for its dependencies.
[[nodiscard]] inline std::string_view shown_state(const WorkerStatus& worker) {
    return is_waiting(worker) ? "waiting" : worker::to_text(documented_state(worker));
}

/// Whether the worker has reached its goal of being up.
[[nodiscard]] inline bool is_up(const WorkerStatus& worker) {
    return worker.state == worker::State::running || completed(worker);
}

/// A child of talosd that cannot be attributed to a worker.
struct UnownedProcess {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
    std::string command;   ///< the command line that the process reports
    friend bool operator==(const UnownedProcess&, const UnownedProcess&) = default;
};

/// An instance count saved by `talosctl scale --save` that replaces the one in the config.
struct SavedScale {
    std::string group;
    std::uint32_t instances = 0;
    std::uint32_t configured = 0;   ///< the count in the config
    friend bool operator==(const SavedScale&, const SavedScale&) = default;
};

struct StatusHead {
    std::string version;
    std::uint64_t sequence = 0;   ///< of the last line in events.jsonl
    posix::ProcessIdentity identity;
    WallTime started_at{};
    std::string config_path;   ///< empty: absent (ad hoc command)
    DaemonState state = DaemonState::starting;
    std::string run;                        ///< the secret for TALOS_RUN (see posix::make_mark)
    posix::CgroupIdentity cgroup;           ///< talosd's own cgroup, the parent of the runs' cgroups; empty path: none
    std::string no_cgroup;                  ///< the reason if there is none
    std::vector<UnownedProcess> unowned;    ///< empty: absent
    std::optional<bool> config_changed{};   ///< since talosd read it; only in API answers, absent for an ad hoc command
    std::vector<std::string>
        changed_files{};   ///< with config_changed, for authorised users only: relative to the config's directory, or absolute
    std::vector<std::string> empty_groups{};   ///< workers whose `instances` is 0; empty: absent
    std::vector<SavedScale> saved_scales{};    ///< of workers in the config; empty: absent
    Millis stop_timeout{};
    WallTime updated_at{};
    friend bool operator==(const StatusHead&, const StatusHead&) = default;
};

/// `run`, the secret for the marks of workers' processes, is only in status.json. Users that must not know it read the answers of
/// the control API and `talosctl status --json`.
enum class DocumentOf : std::uint8_t { file, api };

struct StatusDocument {
    StatusHead head;
    std::vector<WorkerStatus> workers;
    friend bool operator==(const StatusDocument&, const StatusDocument&) = default;
};

/// Writes a document in pieces: head, each worker, commit. So thousands of workers need no complete document in memory. Each
/// worker is on its own line, so that line-based tools can read the file. Buffers 32 KiB.
class StatusWriter {
public:
    [[nodiscard]] static Result<StatusWriter> create(const posix::Location& path, const StatusHead& head);
    [[nodiscard]] Result<> add(const WorkerStatus& worker);
    [[nodiscard]] Result<> commit();

private:
    explicit StatusWriter(posix::AtomicFile file) : file_(std::move(file)) {}
    posix::AtomicFile file_;
    std::string buffer_;
    bool first_ = true;
};

/// Parses the text. Ignores unknown members (written by a newer talosd). Wrong types, numbers out of range, PIDs below 1 and a
/// newer schema are failures that name the member.
[[nodiscard]] Result<StatusDocument> parse_status(std::string_view text, DocumentOf kind = DocumentOf::file);

/// read_file and parse_status; fails with ENOENT if the file does not exist.
[[nodiscard]] Result<StatusDocument> read_status(const std::string& path);

/// Converts to JSON values.
[[nodiscard]] boost::json::object to_json(const worker::LastExit& exit);
[[nodiscard]] boost::json::object to_json(const WorkerStatus& worker);
[[nodiscard]] boost::json::object to_json(const StatusDocument& document, DocumentOf kind = DocumentOf::api);

}   // namespace talos::state

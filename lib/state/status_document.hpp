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

/// status.json: the whole picture, in the shape of the contract's §3. Optional members are absent in the document, never null.
namespace talos::state {

inline constexpr int status_schema = 1;
inline constexpr std::size_t status_limit = 64u << 20;   ///< a larger file is not one of ours

enum class DaemonState : std::uint8_t { starting, running, stopping };
[[nodiscard]] std::string_view to_text(DaemonState state);

/// What went wrong with a worker's log: present while it does, and as long as talosd lives once something was dropped.
struct LogStatus {
    std::string trouble;   ///< empty: none now
    WallTime since{};      ///< with trouble
    std::uint64_t dropped_lines = 0;
    std::uint64_t dropped_bytes = 0;
    friend bool operator==(const LogStatus&, const LogStatus&) = default;
};

/// What a worker says of itself by sd_notify(3), in its current run.
struct NotifyStatus {
    std::string text;   ///< STATUS=; empty: absent
    bool reloading = false;
    bool stopping = false;                  ///< by itself
    pid_t main_pid = 0;                     ///< one of its processes that it calls its main one; 0: absent
    std::optional<WallTime> heartbeat_at;   ///< the last WATCHDOG=1
    friend bool operator==(const NotifyStatus&, const NotifyStatus&) = default;
};

/// What its `health` asks has come to, in its current run.
struct HealthStatus {
    worker::HealthState state = worker::HealthState::unknown;
    WallTime since{};
    std::uint32_t failures = 0;   ///< in a row, counted up to as many as make it unhealthy
    std::string reason;           ///< the last of them; empty: absent
    friend bool operator==(const HealthStatus&, const HealthStatus&) = default;
};

/// What all processes of a worker use, where that was asked for. Never in the file.
struct UsageStatus {
    std::uint32_t processes = 0;
    std::uint64_t memory = 0;   ///< resident, in bytes; what processes share counts for each
    Millis cpu{0};              ///< of those that are there, in all
    friend bool operator==(const UsageStatus&, const UsageStatus&) = default;
};

struct WorkerStatus {
    std::string name;
    std::string group;   ///< that it is an instance of; empty: absent
    worker::State state = worker::State::stopped;
    bool remains_up = false;   ///< with completed: it counts as up until it is stopped
    worker::Goal goal = worker::Goal::down;
    bool ready = false;
    bool paused = false;       ///< its main process is stopped by a signal; false: absent
    bool disabled = false;     ///< not started by itself, also after a restart of talosd; false: absent
    bool reloading = false;    ///< told to read its own config again, and not done; false: absent
    bool old_config = false;   ///< what runs was started with another config than the one in force; false: absent
    std::uint32_t restarts = 0;
    pid_t pid = 0;                        ///< 0: no main process
    std::uint64_t start_ticks = 0;        ///< with pid
    std::optional<WallTime> started_at;   ///< with pid
    WallTime since{};
    std::optional<worker::LastExit> last_exit;
    std::optional<WallTime> next_start;
    std::uint32_t failures = 0;              ///< in a row, as `restart` counts them
    std::uint32_t failures_last_hour = 0;    ///< since talosd started; both 0: absent
    std::string reason;                      ///< empty: absent
    std::optional<ReasonCode> reason_code;   ///< of which kind that is; with a reason
    std::vector<config::StopStep> stop;
    Millis stop_hooks{0};   ///< what preStop and postStop may take beside that plan; 0: absent
    bool oneshot = false;   ///< its kind; a service's is absent
    std::vector<std::pair<std::string, std::string>> depends_on;   ///< worker and condition, in the config's order; empty: absent
    std::vector<std::string> waiting_for;   ///< of those, the ones that are not there, for one that is to be up; empty: absent
    std::optional<LogStatus> log;
    std::optional<NotifyStatus> notify;
    std::optional<HealthStatus> health;   ///< where the config asks
    std::optional<UsageStatus> usage;
    std::string cgroup;   ///< path of the directory that its run has; empty: absent
    friend bool operator==(const WorkerStatus&, const WorkerStatus&) = default;
};

/// How processes are proven to be a worker's: `cgroup PATH`, or `parent chain, session, marks, pipes (REASON)` where `cgroup` is empty.
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

/// It is to be up and has not been started, since what it depends on is not there: `waiting`, as people read it.
[[nodiscard]] inline bool is_waiting(const WorkerStatus& worker) {
    return worker.state == worker::State::stopped && worker.goal == worker::Goal::up;
}

/// The state as people read it: `waiting` for such a `stopped` one.
[[nodiscard]] inline std::string_view shown_state(const WorkerStatus& worker) {
    return is_waiting(worker) ? "waiting" : worker::to_text(documented_state(worker));
}

/// Nothing is left to be done for it.
[[nodiscard]] inline bool is_up(const WorkerStatus& worker) {
    return worker.state == worker::State::running || completed(worker);
}

/// A child of talosd that nothing proves to be a worker's.
struct UnownedProcess {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
    std::string command;   ///< as it calls itself
    friend bool operator==(const UnownedProcess&, const UnownedProcess&) = default;
};

/// A number of instances that `talosctl scale --save` keeps in place of the config's.
struct SavedScale {
    std::string group;
    std::uint32_t instances = 0;
    std::uint32_t configured = 0;   ///< what the config says
    friend bool operator==(const SavedScale&, const SavedScale&) = default;
};

struct StatusHead {
    std::string version;
    std::uint64_t sequence = 0;   ///< of the last line of events.jsonl
    posix::ProcessIdentity identity;
    WallTime started_at{};
    std::string config_path;   ///< empty: absent (ad hoc command)
    DaemonState state = DaemonState::starting;
    std::string run;                        ///< the secret of TALOS_RUN: see posix::make_mark
    posix::CgroupIdentity cgroup;           ///< of talosd's own, which the runs' are below; empty path: there is none
    std::string no_cgroup;                  ///< why there is none
    std::vector<UnownedProcess> unowned;    ///< empty: absent
    std::optional<bool> config_changed{};   ///< since talosd read it; in answers alone, absent for an ad hoc command
    std::vector<std::string>
        changed_files{};   ///< with config_changed, for those who may know: relative to the config's folder, or absolute
    std::vector<std::string> empty_groups{};   ///< names of workers with `instances` of which there are none; empty: absent
    std::vector<SavedScale> saved_scales{};    ///< of workers that the config has; empty: absent
    Millis stop_timeout{};
    WallTime updated_at{};
    friend bool operator==(const StatusHead&, const StatusHead&) = default;
};

/// The mark of the workers' processes, `run`, is in status.json alone: answers of the control API and of `talosctl status --json` are read
/// by users that must not know it.
enum class DocumentOf : std::uint8_t { file, api };

struct StatusDocument {
    StatusHead head;
    std::vector<WorkerStatus> workers;
    friend bool operator==(const StatusDocument&, const StatusDocument&) = default;
};

/// Writes a document in pieces, so that thousands of workers need no document in memory: head, every worker, commit.
/// One worker a line, so that line tools can read it too. Buffers 32 KiB.
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

/// The document of the text. Unknown members are ignored (a newer talosd wrote them); wrong types, numbers out of range, PIDs
/// below 1 and a schema above ours are failures that say which member.
[[nodiscard]] Result<StatusDocument> parse_status(std::string_view text, DocumentOf kind = DocumentOf::file);

/// read_file and parse_status; ENOENT when there is none.
[[nodiscard]] Result<StatusDocument> read_status(const std::string& path);

/// As JSON values.
[[nodiscard]] boost::json::object to_json(const worker::LastExit& exit);
[[nodiscard]] boost::json::object to_json(const WorkerStatus& worker);
[[nodiscard]] boost::json::object to_json(const StatusDocument& document, DocumentOf kind = DocumentOf::api);

}   // namespace talos::state

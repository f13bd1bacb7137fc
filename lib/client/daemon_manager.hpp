// client: Operations on a talosd from outside: find it, start it, stop it, clean up after a crash. It signals only processes that
// it has identified. Begin with daemon_manager.hpp.
#pragma once
#include "client/survivors.hpp"
#include "core/result.hpp"
#include "posix/processes/identity.hpp"
#include "state/data_directory.hpp"
#include "state/status_document.hpp"
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace talos::client {

/// The state of a daemon as `talosctl status` reports it.
struct Probe {
    enum class State {
        running,       ///< the lock is held and status.json names the live holder; `document` is set
        starting,      ///< the lock is held without a matching identity (yet), or by a process that is exiting (`ending`); or the
                       ///< process that status.json names is alive without the lock (still)
        dead,          ///< a PID file without a lock: talosd crashed or was killed
        not_running,   ///< no PID file
        unknown        ///< the state cannot be determined; `reason` says why (no permission, other PID namespace, …)
    };
    State state = State::not_running;
    std::optional<state::StatusDocument> document;   ///< with running; with dead if one was left and is readable
    /// unknown: one sentence with the path; starting and dead: what is unusual; running: why `document` is old
    std::string reason;
    bool no_permission = false;   ///< with unknown: no file in the directory was trusted, only the control socket can answer
    std::optional<uid_t> other_owner = {};   ///< the owner of a directory that belongs to another user
    /// with starting, and with unknown after it: talosd was killed or is exiting, and still holds the lock
    bool ending = false;
};

/// Operations on a daemon through its data directory, as talosctl needs them. Also the writing side for a daemon that has the
/// lock. A process is signalled only after its identity was checked behind a pidfd. Files are trusted only where OwnDirectory
/// allows it: an open-file-description lock does not name its holder, so lock and status.json together identify a process only
/// because no other user could have written status.json.
class DaemonManager {
public:
    explicit DaemonManager(std::string data_dir = ".talos") : files_(std::move(data_dir)) {}

    [[nodiscard]] const state::DataDirectory& files() const { return files_; }
    [[nodiscard]] std::string pid_file() const { return files_.pid_file(); }
    [[nodiscard]] std::string status_file() const { return files_.status_file(); }
    [[nodiscard]] std::string log_file() const { return files_.log_file(); }

    /// Checks once; changes and deletes nothing. In a directory of another user, or one that others can write to, no file's
    /// content is read: the result is `unknown` with no_permission, or `not_running` if there is no PID file.
    [[nodiscard]] Probe probe() const;
    /// Repeats probe() while the state is `starting`, for at most `patience` (10 s longer while it is `ending`), then reports
    /// `unknown`. `progress` is called for an exit that takes more than a second.
    [[nodiscard]] Probe probe_settled(Millis patience = Millis{2'000},
                                      const std::function<void(const std::string&)>& progress = {}) const;

    [[nodiscard]] bool is_running() const;                               ///< whether the lock is held
    [[nodiscard]] std::optional<state::StatusDocument> status() const;   ///< of a running daemon
    [[nodiscard]] Result<std::optional<pid_t>> read_pid() const;         ///< the PID file's content, when well-formed
    [[nodiscard]] Result<> write_pid(pid_t pid) const;   ///< takes the lock for the write; refused while a daemon runs
    [[nodiscard]] Result<> write_status(const state::StatusDocument& document) const;

    struct StartOptions {
        std::string talosd;        ///< path of the binary
        std::string config_path;   ///< absolute; passed as --config; empty: no config
        Millis timeout{30'000};    ///< maximum time between two reports of talosd
        std::vector<std::string> extra_arguments;
        std::function<void(const std::string&)> progress;   ///< receives talosd's reports until it is ready; may be empty
    };
    struct Started {
        pid_t pid = 0;
        bool already = false;   ///< talosd was running before; `pid` is the PID of that one
    };
    /// Starts talosd detached: own session, stdin /dev/null, output to daemon.log, absolute --data-dir and --config in its argv.
    /// A CLOEXEC pipe on descriptor 3 (`--ready-fd 3`) returns JSON lines: `{"progress": "..."}` any number of times, then
    /// `{"ready": true, "pid": N}` or `{"error": "..."}`; end of file before that means that talosd exited. Returns once talosd
    /// is ready. When two starts race, the lock decides and the loser gets `already`.
    [[nodiscard]] Result<Started> start(const StartOptions& options) const;

    enum class Force { no, yes };
    struct StopOptions {
        std::optional<Millis> timeout;   ///< default: the document's stopTimeout
        Force force = Force::no;         ///< yes: SIGKILL immediately
        std::function<bool()> ask;       ///< requests the stop by other means than SIGTERM; false: no answer, so SIGTERM follows
        std::function<void(const std::string&)> progress;
        std::function<void(const std::string&)> warning;   ///< receives warnings that a caller may ignore
    };
    struct Stopped {
        bool was_running = false;
        bool killed = false;         ///< talosd had to be SIGKILLed
        std::size_t survivors = 0;   ///< leftover processes that were ended afterwards
    };
    /// Requests the stop or sends SIGTERM and waits for the exit. After the timeout: SIGKILL, then takes the lock, ends the
    /// recorded process trees (by their stop plans, with the same timeout, or by SIGKILL immediately with Force::yes) and cleans
    /// up. Also ends what a crashed daemon left behind. Fails when the running process cannot be determined (no process is
    /// signalled then), and with EPERM or EACCES when it belongs to another user.
    [[nodiscard]] Result<Stopped> stop(const StopOptions& options) const;
    /// Why the data directory is not trusted, as a sentence: it belongs to another user, or others can write to it.
    [[nodiscard]] std::optional<std::string> objection() const;
    /// The owner of the data directory; nullopt if it cannot be accessed.
    [[nodiscard]] std::optional<uid_t> owner() const;

    /// Removes stale files under the lock, and only if no worker that they name is still alive. Fails with EBUSY otherwise.
    [[nodiscard]] Result<> cleanup() const;

private:
    state::DataDirectory files_;
};

/// Whether the contents of the directory's files may be used to delete files and end processes. Fails with a sentence. Succeeds
/// for a directory that does not exist.
[[nodiscard]] Result<> may_act_on(const state::DataDirectory& files);

}   // namespace talos::client

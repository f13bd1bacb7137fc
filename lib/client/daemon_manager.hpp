// client: A talosd from outside: find it, start it, stop it, recover what a crash has left.
// It signals only processes that it has identified.
// Begin with daemon_manager.hpp.
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

/// How a daemon stands, as `talosctl status` reports it.
struct Probe {
    enum class State {
        running,   ///< locked, and status.json names the very process that lives: `document` is there
        starting,   ///< locked, no matching identity (yet), or by one that can only end (`ending`); or the process that status.json
                    ///< names lives without the lock (still)
        dead,       ///< a PID file nobody holds: talosd crashed or was killed
        not_running,   ///< no PID file
        unknown        ///< cannot be told: `reason` says why (no permission, other PID namespace, no regular file, ...)
    };
    State state = State::not_running;
    std::optional<state::StatusDocument> document;   ///< running; dead, when one was left behind and is readable
    std::string
        reason;   ///< for unknown, one sentence with the path; for starting and dead, what is odd; running: why `document` is old
    bool no_permission = false;   ///< for unknown: nothing in the directory was believed, only the control socket can tell
    std::optional<uid_t> other_owner = {};   ///< of a directory that belongs to another user
    bool ending = false;   ///< for starting, and unknown after it: talosd was killed, or exits, and still holds the lock
};

/// Everything that can be done to a daemon from outside, through its data directory: what talosctl is made of. Also the writing
/// side for a daemon that has the lock. No operation signals a process whose identity was not checked behind a pidfd. Files are
/// believed only where OwnDirectory allows it: an open-file-description lock does not name its holder, so lock and status.json together
/// prove a process only because nobody but this process's own user could have written status.json.
class DaemonManager {
public:
    explicit DaemonManager(std::string data_dir = ".talos") : files_(std::move(data_dir)) {}

    [[nodiscard]] const state::DataDirectory& files() const { return files_; }
    [[nodiscard]] std::string pid_file() const { return files_.pid_file(); }
    [[nodiscard]] std::string status_file() const { return files_.status_file(); }
    [[nodiscard]] std::string log_file() const { return files_.log_file(); }

    /// One look; changes nothing, deletes nothing. In a directory of another user, or one that others can write, no file's content is read:
    /// `unknown` with no_permission, or `not_running` where there is no PID file.
    [[nodiscard]] Probe probe() const;
    /// ProbeSchedule again while it is `starting`, for at most `patience` (10 s longer while it is `ending`), then calls that unknown. `progress`
    /// hears of an end that takes more than a second.
    [[nodiscard]] Probe probe_settled(Millis patience = Millis{2'000},
                                      const std::function<void(const std::string&)>& progress = {}) const;

    [[nodiscard]] bool is_running() const;                               ///< locked = alive
    [[nodiscard]] std::optional<state::StatusDocument> status() const;   ///< of a running daemon
    [[nodiscard]] Result<std::optional<pid_t>> read_pid() const;         ///< the PID file's content, when well-formed
    [[nodiscard]] Result<> write_pid(pid_t pid) const;   ///< takes the lock for the write; refused while a daemon lives
    [[nodiscard]] Result<> write_status(const state::StatusDocument& document) const;

    struct StartOptions {
        std::string talosd;        ///< path of the binary
        std::string config_path;   ///< absolute; becomes --config; empty: none
        Millis timeout{30'000};    ///< for the next line of its report
        std::vector<std::string> extra_arguments;
        std::function<void(const std::string&)> progress;   ///< lines that talosd reports before it is ready; may be empty
    };
    struct Started {
        pid_t pid = 0;
        bool already = false;   ///< it ran before; `pid` is that one's
    };
    /// Starts talosd detached: own session, stdin /dev/null, output to daemon.log, absolute --data-dir and --config in its argv.
    /// A CLOEXEC pipe on descriptor 3 (`--ready-fd 3`) brings JSON lines back: `{"progress": "..."}` any number of times, then
    /// `{"ready": true, "pid": N}` or `{"error": "..."}`; end of file before that = died. Returns once it is up. Two at once:
    /// the lock decides, the loser gets `already`.
    [[nodiscard]] Result<Started> start(const StartOptions& options) const;

    enum class Force { no, yes };
    struct StopOptions {
        std::optional<Millis> timeout;   ///< default: the document's stopTimeout
        Force force = Force::no;         ///< yes: SIGKILL at once
        std::function<bool()>
            ask;   ///< asks it to stop by other means than SIGTERM; false: it has not answered, so SIGTERM follows
        std::function<void(const std::string&)> progress;
        std::function<void(const std::string&)> warning;   ///< of what may be left unseen
    };
    struct Stopped {
        bool was_running = false;
        bool killed = false;         ///< talosd had to be SIGKILLed
        std::size_t survivors = 0;   ///< processes ended by us afterwards
    };
    /// Asks, or SIGTERM, waits for the end to be observed; after the timeout SIGKILL, then takes the lock itself, ends the recorded trees
    /// (by their plans; these too get the timeout, and SIGKILL at once with Force::yes) and cleans up. Also ends what a crashed
    /// daemon left. Fails when it cannot be told who runs (nobody is signalled then), with EPERM or EACCES when it is not ours.
    [[nodiscard]] Result<Stopped> stop(const StopOptions& options) const;
    /// Why nothing in the data directory is to be believed, as a sentence: it belongs to another user, or others can write it.
    [[nodiscard]] std::optional<std::string> objection() const;
    /// The owner of the data directory; nothing when it cannot be reached.
    [[nodiscard]] std::optional<uid_t> owner() const;

    /// Removes stale files, under the lock, and only when no worker that they name is still alive. Fails with EBUSY otherwise.
    [[nodiscard]] Result<> cleanup() const;

private:
    state::DataDirectory files_;
};

/// Whether the directory's files may be deleted, and processes ended, by what they say. Fails with a sentence; a directory that is not
/// there has no such files.
[[nodiscard]] Result<> may_act_on(const state::DataDirectory& files);

}   // namespace talos::client

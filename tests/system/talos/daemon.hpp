#pragma once
#include "support/paths.hpp"
#include "system/talos/household.hpp"
#include "system/talos/process.hpp"
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace talos::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

/// One worker of status.json.
struct WorkerView {
    std::string name, state, goal, reason;
    bool ready = false;
    pid_t pid = 0;   ///< 0: absent, like the other numbers
    std::uint64_t start_ticks = 0;
    std::int64_t restarts = 0;
    std::int64_t next_start_at = 0;
    std::optional<std::int64_t> exit_code;   ///< of lastExit
    std::string exit_signal;
};

/// SIGKILL to the worker's main process: exactly the one that the status named.
void kill_main(const WorkerView& view);

/// A worker for a config: `"NAME": { "command": [...], "startTime": "0s", EXTRA },`. It is up as soon as it is spawned, unless EXTRA says otherwise.
[[nodiscard]] std::string worker(const std::string& name, const std::vector<std::string>& command, const std::string& extra = {});
/// `sh -c SCRIPT`.
[[nodiscard]] std::vector<std::string> shell(const std::string& script);
/// A worker that does nothing, for longer than a test lasts.
[[nodiscard]] inline std::vector<std::string> sleeper() { return {"sleep", "120"}; }
/// `"stop": {...}`: SIGTERM and this long, then SIGKILL.
[[nodiscard]] inline std::string stop_after(const std::string& wait) {
    return R"("stop": {"steps": [{"signal": "SIGTERM", "wait": ")" + wait + R"("}]})";
}

/// A talosd with config and data directory in a temporary directory of its own. Whatever it has started is gone with the object.
class Daemon {
public:
    explicit Daemon(const std::string& workers = {});
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon();

    /// `top`: keys beside `workers`, each with a comma behind it.
    void configure(const std::string& workers, const std::string& top = {}) const;
    [[nodiscard]] std::string path(const std::string& name) const { return dir_ / name; }
    [[nodiscard]] std::string data(const std::string& name) const { return root_ + (dir_ / ("data/" + name)); }
    /// From here on its files are seen through `root`: /proc/PID/root of a talosd with mounts of its own.
    void look_through(const std::string& root) { root_ = root; }

    /// `talosd --config … --data-dir … WORDS…`
    [[nodiscard]] Command command(const std::vector<std::string>& words = {}) const;
    /// `talosctl --config … --data-dir … WORDS…`
    [[nodiscard]] Command ctl_command(const std::vector<std::string>& words) const;
    [[nodiscard]] Finished ctl(const std::vector<std::string>& words) const { return run(ctl_command(words)); }

    /// Runs talosd in the foreground and waits until it is `running`.
    void start() { start(command()); }
    void start(const Command& how);
    /// The same without waiting for anything.
    void launch(const Command& how);
    /// Waits until status.json of a new run says `running`.
    void await_running();
    /// `talosctl start`.
    void start_detached();
    /// Adopts the talosd that somebody else started detached, so that it ends with this object.
    void take_detached();
    /// SIGTERM; its exit code once it has ended.
    [[nodiscard]] int stop();
    /// SIGKILL, and its end.
    void kill();
    [[nodiscard]] Process& process() { return *process_; }
    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Of the run that was started last: "TALOS_RUN=…".
    [[nodiscard]] const std::string& run_mark() const { return run_mark_; }

    [[nodiscard]] std::optional<boost::json::object> status() const;
    [[nodiscard]] std::vector<WorkerView> workers() const;
    /// The worker once it is as wanted; fails the test, showing the last status, when that does not come.
    WorkerView worker_when(const std::string& name, const std::function<bool(const WorkerView&)>& wanted) const;
    WorkerView worker_in(const std::string& name, const std::string& state) const;
    /// Running with another PID than `before`, which is gone.
    WorkerView worker_after(const std::string& name, pid_t before) const;
    [[nodiscard]] std::string worker_log(const std::string& name) const { return read_text(data("logs/" + name + ".log")); }
    [[nodiscard]] std::string log() const { return read_text(data("daemon.log")); }
    [[nodiscard]] std::vector<boost::json::object> events() const;

    /// PIDs and names of whatever this talosd left behind; empty is what everyone wants. Call it when it has ended.
    [[nodiscard]] std::string left_behind() const;

private:
    TemporaryDirectory dir_;
    std::string root_;
    std::optional<Process> process_;
    std::string run_mark_;
    pid_t pid_ = 0;
    bool detached_ = false;
};

}   // namespace talos::test

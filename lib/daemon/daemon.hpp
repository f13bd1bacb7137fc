#pragma once
#include "aio/system_kernel.hpp"
#include "aio/timer.hpp"
#include "config/files/account_inspection.hpp"
#include "config/files/config_file.hpp"
#include "config/model/model.hpp"
#include "core/result.hpp"
#include "daemon/control_service.hpp"
#include "daemon/daemon_log.hpp"
#include "daemon/early_signals.hpp"
#include "daemon/manager_notice.hpp"
#include "daemon/ready_pipe.hpp"
#include "engine/supervisor/supervisor.hpp"
#include "http/server/server.hpp"
#include "posix/spawn/spawn.hpp"
#include "state/data_directory.hpp"
#include "state/journal.hpp"
#include "state/pid_file.hpp"
#include <memory>
#include <optional>
#include <string>
#include <sys/resource.h>

namespace talos::daemon {

enum class Mode { configured, ad_hoc };   ///< ad hoc: ends when its one program is down for good, with that program's code

struct DaemonSetup {
    config::Config config;
    std::vector<std::string> warnings;                          ///< about the config, for the log: they were printed already
    config::Accounts accounts = config::Accounts::must_exist;   ///< for reloads
    std::shared_ptr<config::ConfigRecord> config_read;          ///< what it was read from; null for an ad hoc command
    config::ConfigFiles config_files;                           ///< reads the config again for a reload
    std::string data_dir;                                       ///< absolute
    std::string version;
    Mode mode = Mode::configured;
    turn::Level log_level = turn::Level::info;
    bool show_output = false;                 ///< workers' output goes to the view
    int ready_fd = -1;                        ///< of whoever started us detached; -1: foreground
    std::optional<rlimit> descriptor_limit;   ///< as it was given to us
};

/// One run of talosd from lock to unlock.
class Daemon {
public:
    /// `view` shows things to whoever looks at the terminal; it may be called from the first line of prepare() on.
    Daemon(DaemonSetup setup, aio::asio::io_context& io, posix::Spawner& spawner, turn::Observer& view);
    ~Daemon();

    /// Everything that may end the start: directory, lock, what a killed talosd left behind, journal, first document.
    [[nodiscard]] Result<> prepare();

    /// Supervises until stopped; the process's exit code. From here on nothing ends talosd but a stop.
    [[nodiscard]] int run();

private:
    [[nodiscard]] Result<> take_lock();
    [[nodiscard]] Result<> open_journal();
    [[nodiscard]] Result<> recover();
    [[nodiscard]] Result<> open_records();
    void override_config(const state::Overrides& overrides);
    [[nodiscard]] std::unique_ptr<posix::CgroupTree> make_cgroup(state::StatusHead& head);
    [[nodiscard]] Result<> remove_cgroup();
    [[nodiscard]] Result<> open_control();
    [[nodiscard]] std::string socket_path() const;
    void announce();
    void tell_put_aside();
    void leave_no_trace(const std::string& why);
    void watch_signals();
    void on_signal(int signal);
    void on_stop_signal(int signal, const state::Requester* by);
    /// `cause`: `signal` or `command`; `by`: who sent it or gave it, null when that is unknown.
    void ask_stop(std::string_view why, std::string_view cause, const state::Requester* by = nullptr);
    void begin_stop();
    void ask_stop_again(std::string_view why, const std::string& sender = {});
    void reload(const state::Requester* by);
    void on_running();
    void settle();
    void on_rest(const engine::Runner& runner);
    void finish();
    void reopen();

    DaemonSetup setup_;
    aio::asio::io_context& io_;
    state::DataDirectory files_;
    ReadyPipe ready_;
    Observers observers_;
    turn::Observer& view_;
    posix::Spawner& spawner_;
    aio::SystemKernel kernel_;
    std::unique_ptr<DaemonLog> log_;
    std::optional<state::PidFile> pid_file_;
    std::optional<state::Journal> journal_;   // until the recorder has it
    std::unique_ptr<turn::Recorder> recorder_;
    std::unique_ptr<turn::Services> services_;
    std::unique_ptr<engine::Supervisor> supervisor_;
    std::unique_ptr<Reload> reload_;
    std::unique_ptr<ControlService> service_;
    std::unique_ptr<http::Server> server_;
    aio::SignalSet signals_;
    aio::SignalSet children_;
    aio::Timer settled_;     // some time after the start of all workers, and after a turn
    bool running_ = false;   // all of them were started
    bool settling_ = false;
    ManagerNotice manager_;
    bool had_terminal_ = false;
    bool hangup_stops_ = false;   // SIGHUP means that the terminal was closed
    EarlySignals early_{false};
    bool term_expected_ =
        false;   // a request began the stop: the SIGTERM that its talosctl sends when unanswered is the same stop
    int exit_code_ = 0;
};

}   // namespace talos::daemon

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

/// An ad hoc talosd ends when its only program is down permanently, and exits with the program's exit code.
enum class Mode { configured, ad_hoc };

struct DaemonSetup {
    config::Config config;
    std::vector<std::string> warnings;                          ///< about the config, for the log; already printed
    config::Accounts accounts = config::Accounts::must_exist;   ///< for reloads
    std::shared_ptr<config::ConfigRecord> config_read;   ///< the files that the config was read from; null for an ad hoc command
    config::ConfigFiles config_files;                    ///< reads the config again on reload
    std::string data_dir;                                ///< absolute
    std::string version;
    Mode mode = Mode::configured;
    turn::Level log_level = turn::Level::info;
    bool show_output = false;                 ///< show workers' output in the view
    int ready_fd = -1;                        ///< pipe to the process that started talosd detached; -1: foreground
    std::optional<rlimit> descriptor_limit;   ///< as inherited
};

/// One run of talosd, from taking the lock to releasing it.
class Daemon {
public:
    /// `view` shows messages in the terminal. It may be called from the start of prepare() on.
    Daemon(DaemonSetup setup, aio::asio::io_context& io, posix::Spawner& spawner, turn::Observer& view);
    ~Daemon();

    /// All steps that can make the start fail: directory, lock, recovery after a killed talosd, journal, first status.
    [[nodiscard]] Result<> prepare();

    /// Supervises until talosd is stopped. Returns the exit code of the process. In this function only a stop ends talosd.
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
    void report_renamed_files();
    void remove_own_files(const std::string& why);
    void watch_signals();
    void on_signal(int signal);
    void on_stop_signal(int signal, const state::Requester* by);
    /// `cause` is `signal` or `command`. `by` is the sender; nullptr if unknown.
    void request_stop(std::string_view why, std::string_view cause, const state::Requester* by = nullptr);
    void begin_stop();
    void request_stop_again(std::string_view why, const std::string& sender = {});
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
    std::optional<state::Journal> journal_;   // moved to the recorder later
    std::unique_ptr<turn::Recorder> recorder_;
    std::unique_ptr<turn::Services> services_;
    std::unique_ptr<engine::Supervisor> supervisor_;
    std::unique_ptr<Reload> reload_;
    std::unique_ptr<ControlService> service_;
    std::unique_ptr<http::Server> server_;
    aio::SignalSet signals_;
    aio::SignalSet children_;
    aio::Timer settled_;     // runs after the start of all workers, and after a turn
    bool running_ = false;   // all workers were started
    bool settling_ = false;
    ManagerNotice manager_;
    bool had_terminal_ = false;
    bool hangup_stops_ = false;   // SIGHUP means that the terminal was closed
    EarlySignals early_{false};
    bool term_expected_ = false;   // set by a shutdown request: talosctl may send SIGTERM for the same request
    int exit_code_ = 0;
};

}   // namespace talos::daemon

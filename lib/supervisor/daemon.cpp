#include "supervisor/daemon.hpp"

#include "core/signal_name.hpp"
#include "daemon/leftovers.hpp"
#include "posix/descriptors.hpp"
#include "posix/file.hpp"
#include "posix/identity.hpp"
#include "posix/process_tree.hpp"
#include "posix/random.hpp"
#include "posix/signals.hpp"
#include "supervisor/recovery.hpp"
#include <array>
#include <cerrno>
#include <cstdlib>
#include <poll.h>
#include <utility>
#include <unistd.h>

namespace talos::supervisor {

namespace {

std::string random_run() {
    std::string text;
    for (int word = 0; word < 2; ++word) {
        constexpr std::string_view digits = "0123456789abcdef";
        std::uint64_t bits = posix::random_number();
        for (int digit = 0; digit < 16; ++digit, bits >>= 4) text += digits[bits & 15];
    }
    return text;
}

std::vector<std::string> own_environment() {
    std::vector<std::string> all;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) all.emplace_back(*entry);
    return all;
}

std::string plural(std::size_t count, std::string_view word) {
    return std::to_string(count) + ' ' + std::string(word) + (count == 1 ? "" : "s");
}

/// Of whoever holds the lock, when its file says so.
pid_t holder_of(const std::string& pid_file) {
    const auto state = daemon::read_pid_file(pid_file);
    return state && state->pid ? *state->pid : 0;
}

/// A talosd that was killed during a spawn leaves the lock with that child until its exec, when its marks can be seen: a moment.
/// Nobody is waited for who is alive.
Result<daemon::PidFile> acquire_patiently(const std::string& path) {
    constexpr int looks = 200;
    for (int look = 0;; ++look) {
        auto acquired = daemon::PidFile::acquire(path);
        if (acquired || acquired.error().errno_value() != EWOULDBLOCK || look == looks) return acquired;
        const pid_t holder = holder_of(path);
        const auto stat = holder > 0 ? posix::read_stat(holder) : Result<posix::ProcessStat>(refused("no holder"));
        if (stat && stat->state != 'Z') return acquired;
        constexpr int pause_ms = 5;
        (void)::poll(nullptr, 0, pause_ms);
    }
}

}  // namespace

Daemon::Daemon(DaemonSetup setup, aio::asio::io_context& io, posix::Spawner& spawner, Observer& view)
    : setup_(std::move(setup)), io_(io), files_(setup_.data_dir), ready_(setup_.ready_fd), view_(view), spawner_(spawner),
      signals_(io.get_executor()), children_(io.get_executor()) {
    observers_.add(view_);
}

Daemon::~Daemon() = default;

// --- start --------------------------------------------------------------------------------------------------------

Result<> Daemon::prepare() {
    const bool nohup = posix::prepare_supervisor_signals();
    had_terminal_ = posix::has_controlling_terminal();
    hangup_stops_ = had_terminal_ && !nohup;
    early_ = EarlySignals(hangup_stops_);
    std::string warning;
    if (auto made = files_.prepare(warning); !made) {
        ready_.error(made.error().message());
        return made;
    }
    if (auto locked = take_lock(); !locked) return locked;
    log_ = std::make_unique<DaemonLog>(files_.log_file(), setup_.log_level,
                                       ready_ ? DaemonLog::Output::stdout_too : DaemonLog::Output::own_file);
    observers_.add(*log_);
    announce();
    if (!warning.empty()) observers_.message(Level::warning, warning);
    for (auto step : {&Daemon::open_journal, &Daemon::recover, &Daemon::open_records, &Daemon::open_control}) {
        if (auto done = (this->*step)(); !done) {
            log_->message(Level::fatal, done.error().message());
            ready_.error(done.error().message());
            // A PID file that stays says that a talosd died here, whose workers may live: only when that is so.
            if (const auto left = daemon::read_left_status(files_); !left || !*left) (void)pid_file_->remove();
            return done;
        }
    }
    return {};
}

Result<> Daemon::take_lock() {
    auto acquired = acquire_patiently(files_.pid_file());
    if (!acquired) {
        Failure failure = acquired.error();
        if (failure.errno_value() == EWOULDBLOCK) {
            const pid_t holder = holder_of(files_.pid_file());
            failure = refused("already runs in " + files_.path() +
                              (holder > 0 ? " (pid " + std::to_string(holder) + ")" : std::string()));
            ready_.already(failure.what, holder);
        } else {
            ready_.error(failure.message());
        }
        return failure;
    }
    pid_file_ = std::move(*acquired);
    if (auto held = spawner_.hold_until_exec(pid_file_->lock()); !held) {
        ready_.error(held.error().message());
        return held;
    }
    if (auto written = pid_file_->write(::getpid()); !written) {
        (void)pid_file_->remove();   // an empty one would look like a crash
        ready_.error(written.error().message());
        return written;
    }
    return {};
}

void Daemon::announce() {
    std::string text = "talosd " + setup_.version + ", pid " + std::to_string(::getpid());
    if (setup_.mode == Mode::configured) {
        text += ", " + plural(setup_.config.workers.size(), "worker");
        if (!setup_.config.path.empty()) text += " from " + setup_.config.path;
    }
    observers_.message(Level::info, text + ", data in " + files_.path());
}

Result<> Daemon::recover() {
    const auto recovered = end_what_was_left(files_, observers_, ready_, *journal_, early_);
    if (!recovered && recovered.error().errno_value() == EBUSY) return refused(recovered.error().what);   // a sentence that says all
    return recovered;
}

Result<> Daemon::open_journal() {
    auto journal = daemon::Journal::open(files_.event_file());
    if (!journal) return journal.error();
    journal_ = std::move(*journal);
    return {};
}

Result<> Daemon::open_records() {
    if (auto made = posix::become_subreaper(); !made) return made;
    auto identity = posix::own_identity();
    if (!identity) return identity.error();
    daemon::StatusHead head;
    head.version = setup_.version;
    head.started_at = posix::started_at(identity->start_ticks);
    head.identity = std::move(*identity);
    head.config_path = setup_.config.path;
    head.run = random_run();
    head.stop_timeout = Supervisor::stop_timeout(setup_.config.workers);
    const auto executor = io_.get_executor();
    recorder_ = std::make_unique<Recorder>(executor, std::move(*journal_), files_.status_file(), std::move(head), observers_);
    services_ = std::make_unique<Services>(Services{executor, aio::Launcher(spawner_), files_, recorder_->head().run, own_environment(),
                                                    setup_.descriptor_limit, setup_.show_output, observers_, *recorder_});
    supervisor_ = std::make_unique<Supervisor>(*services_, std::exchange(setup_.config.workers, {}));
    recorder_->daemon_state(daemon::DaemonState::starting, "start");
    // before the first spawn: whoever recovers must find the run's mark even if we are killed right after it
    return recorder_->write_status();
}

std::string Daemon::socket_path() const {
    return setup_.config.control_socket.empty() ? files_.socket_file() : setup_.config.control_socket;
}

Result<> Daemon::open_control() {
    auto access = control::Access::resolve(setup_.config.access);
    if (!access) return refused(setup_.config.path + ": " + access.error().message());
    reload_ = std::make_unique<Reload>(*services_, *supervisor_, setup_.config,
                                       Reload::Hooks{[this](control::Access changed) { server_->set_access(std::move(changed)); }});
    service_ = std::make_unique<ControlService>(*services_, *supervisor_, *recorder_, *reload_,
                                                [this](bool force, const daemon::Asker& by) {
                                                    if (!supervisor_->stopping()) ask_stop("asked by " + to_text(by), &by);
                                                    if (force) ask_stop_again("asked by " + to_text(by));
                                                });
    supervisor_->on_turn([this] { reload_->end_of_turn(); });
    server_ = std::make_unique<control::Server>(io_.get_executor(), *service_, std::move(*access));
    // The one in our own directory can wait until the workers are on their way; one that was asked for must be possible.
    return setup_.config.control_socket.empty() ? Result<>{} : listen();
}

Result<> Daemon::listen() {
    constexpr unsigned owner_only = 0600;
    constexpr unsigned access_decides = 0666;
    return server_->listen({socket_path(), setup_.config.access.empty() ? owner_only : access_decides});
}

// --- run ----------------------------------------------------------------------------------------------------------

int Daemon::run() {
    watch_signals();
    spawner_.remember_dispositions();
    early_.take();
    posix::release_supervisor_signals();
    if (early_.stop() != 0) {
        ask_stop(early_.stop() == SIGHUP ? "its terminal was closed" : signal_name(early_.stop()));
    } else {
        if (setup_.mode == Mode::ad_hoc) supervisor_->on_rest([this](const Runner& runner) { on_rest(runner); });
        supervisor_->start([this] { on_running(); });
    }
    io_.run();
    server_->abort();
    posix::block_all_signals();   // the signal sets give the defaults back: a second SIGTERM would end us after a clean stop
    return exit_code_;
}

void Daemon::watch_signals() {
    for (const int signal : posix::supervisor_signals) signals_.add(signal);
    children_.add(SIGCHLD);
    struct Wait {
        Daemon& daemon;
        void stops() const {
            daemon.signals_.async_wait([self = *this](const boost::system::error_code& error, int signal) {
                if (error) return;
                self.stops();
                self.daemon.on_signal(signal);
            });
        }
        void ends() const {
            daemon.children_.async_wait([self = *this](const boost::system::error_code& error, int) {
                if (error) return;
                self.ends();
                self.daemon.supervisor_->children_changed();
            });
        }
    };
    Wait{*this}.stops();
    Wait{*this}.ends();
}

void Daemon::on_running() {
    if (setup_.config.control_socket.empty()) {
        if (const auto listening = listen(); !listening) observers_.message(Level::error, "no control socket: " + listening.error().message());
    }
    recorder_->daemon_state(daemon::DaemonState::running, "start");
    recorder_->end_of_turn();
    ready_.ready(::getpid());
}

void Daemon::on_signal(int signal) {
    switch (signal) {
    case SIGHUP:
        if (hangup_stops_) {
            // shell and kernel may both say so: that is no second wish, and nobody's patience has ended
            if (!supervisor_->stopping()) ask_stop("its terminal was closed");
            return;
        }
        return reload();
    case SIGUSR1: return reopen();
    default: return ask_stop(signal_name(signal));
    }
}

void Daemon::reload() {
    const auto answer = reload_->ask({}, nullptr);
    switch (answer.what) {
    case control::ReloadAnswer::What::planned: return;
    case control::ReloadAnswer::What::refused: observers_.message(Level::warning, "SIGHUP: " + answer.refused); return;
    case control::ReloadAnswer::What::invalid:
        for (const auto& error : answer.errors) observers_.message(Level::error, error);
        observers_.message(Level::error, "SIGHUP: the config has errors, nothing was changed");
        return;
    }
}

void Daemon::ask_stop(std::string_view why, const daemon::Asker* by) {
    if (supervisor_->stopping()) return ask_stop_again(why);
    exit_code_ = 0;
    const std::string_view hint = had_terminal_ ? "; again: SIGKILL now" : "";
    observers_.message(Level::info, "stopping (" + std::string(why) + ")" + std::string(hint));
    recorder_->daemon_state(daemon::DaemonState::stopping, by != nullptr ? "command" : "signal", why, by);
    supervisor_->stop(Stop::graceful, [this] { finish(); });
}

void Daemon::ask_stop_again(std::string_view why) {
    observers_.message(Level::warning, std::string(why) + " again: SIGKILL to whatever is left");
    supervisor_->stop(Stop::now, [this] { finish(); });
}

/// The ad hoc program is down for good: its code becomes ours, as a shell would report it.
void Daemon::on_rest(const Runner& runner) {
    const auto& worker = runner.worker();
    if (const int error = runner.spawn_error(); error != 0) exit_code_ = error == ENOENT || error == ENOTDIR ? 127 : 126;
    else if (worker.last_exit) exit_code_ = shell_code(worker.last_exit->status);
    recorder_->daemon_state(daemon::DaemonState::stopping, "program-ended");
    supervisor_->stop(Stop::graceful, [this] { finish(); });
}

void Daemon::reopen() {
    observers_.message(Level::info, "SIGUSR1: logs are reopened");
    log_->reopen();
    recorder_->reopen();
    supervisor_->reopen_logs();
}

void Daemon::finish() {
    observers_.message(Level::info, "stopped");
    recorder_->daemon_ended({});
    server_->close();
    if (const auto removed = daemon::remove_files(files_, *pid_file_); !removed)
        observers_.message(Level::error, removed.error().message());
    ready_.error("stopped before it was up");
    io_.stop();
}

}  // namespace talos::supervisor

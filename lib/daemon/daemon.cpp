#include "daemon/daemon.hpp"

#include "core/signal_name.hpp"
#include "posix/children/discarded_file.hpp"
#include "posix/processes/resident_pages.hpp"
#include "posix/processes/signal_sender.hpp"
#include "posix/processes/signals.hpp"
#include "state/leftovers.hpp"
#include <cerrno>
#include <csignal>
#include <unistd.h>
#include <utility>

namespace talos::daemon {

namespace {

/// The delay after the start of all workers, and after later activity. Memory that was used before and not again in this time was
/// needed only for start-up. A page fault also maps fifteen neighbouring pages, so a single transition makes 2 MiB resident
/// again.
constexpr auto settling = std::chrono::milliseconds{250};

/// nullopt if the kernel sent the signal.
std::optional<state::Requester> sender_of(int signal) {
    auto sender = posix::take_signal_sender(signal);
    if (!sender) return std::nullopt;
    return state::Requester{sender->uid, 0, sender->pid, std::move(sender->program)};
}

}   // namespace

Daemon::Daemon(DaemonSetup setup, aio::asio::io_context& io, posix::Spawner& spawner, turn::Observer& view)
    : setup_(std::move(setup)), io_(io), files_(setup_.data_dir), ready_(setup_.ready_fd), view_(view), spawner_(spawner),
      kernel_(io.get_executor(), spawner_), signals_(io.get_executor()), children_(io.get_executor()),
      settled_(io.get_executor()), manager_(io.get_executor()) {
    observers_.add(view_);
}

Daemon::~Daemon() {
    posix::set_discard({});
    (void)remove_cgroup();
}

/// Only an empty cgroup can be removed.
Result<> Daemon::remove_cgroup() {
    if (!services_ || !services_->cgroups) return {};
    return services_->cgroups->remove();
}

int Daemon::run() {
    watch_signals();
    spawner_.remember_dispositions();
    early_.take();
    posix::release_supervisor_signals();
    if (early_.stop() != 0) {
        request_stop(early_.stop() == SIGHUP ? "its terminal was closed" : signal_name(early_.stop()), "signal");
    } else {
        if (setup_.mode == Mode::ad_hoc) supervisor_->on_rest([this](const engine::Runner& runner) { on_rest(runner); });
        supervisor_->start([this] { on_running(); });
    }
    io_.run();
    server_->abort();
    // The signal sets restore the default dispositions. A second SIGTERM would kill talosd after a clean stop.
    posix::block_all_signals();
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
    posix::note_signal_senders(posix::supervisor_signals);
}

void Daemon::on_running() {
    recorder_->daemon_state(state::DaemonState::running, "start");
    recorder_->end_of_turn();
    ready_.ready(::getpid());
    manager_.ready();
    running_ = true;
    settle();
}

/// Runs once for all activity in this time. An idle talosd does not wake up for it.
void Daemon::settle() {
    if (!running_ || std::exchange(settling_, true)) return;
    settled_.expires_after(settling);
    settled_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        settling_ = false;
        posix::give_back_pages();
    });
}

void Daemon::on_signal(int signal) {
    const auto sender = sender_of(signal);
    const state::Requester* by = sender ? &*sender : nullptr;
    switch (signal) {
    case SIGHUP:
        if (hangup_stops_) {
            // The shell and the kernel may both send SIGHUP. The second one must not end the grace period.
            if (!supervisor_->stopping()) request_stop("its terminal was closed", "signal", by);
            return;
        }
        return reload(by);
    case SIGUSR1: return reopen();
    default: return on_stop_signal(signal, by);
    }
}

/// talosctl sends SIGTERM if its shutdown request is not answered in time; talosd may have read the request by then. So the first
/// SIGTERM after a shutdown request counts as the same request. Later SIGTERMs, and SIGINT and SIGQUIT, end the grace period.
void Daemon::on_stop_signal(int signal, const state::Requester* by) {
    if (signal != SIGTERM || !std::exchange(term_expected_, false)) return request_stop(signal_name(signal), "signal", by);
    observers_.message(turn::Level::info, "SIGTERM: already stopping, as requested");
}

void Daemon::reload(const state::Requester* by) {
    manager_.reloading();
    const auto answer = reload_->ask({}, by);
    manager_.ready();
    switch (answer.what) {
    case api::ReloadAnswer::What::planned: return;
    case api::ReloadAnswer::What::refused: observers_.message(turn::Level::warning, "SIGHUP: " + answer.refused); return;
    case api::ReloadAnswer::What::invalid:
        for (const auto& error : answer.errors) observers_.message(turn::Level::error, error);
        observers_.message(turn::Level::error, "SIGHUP: the config has errors; nothing was changed");
        return;
    }
}

void Daemon::request_stop(std::string_view why, std::string_view cause, const state::Requester* by) {
    const auto sender = cause == "signal" && by != nullptr ? ", sent by " + to_text(*by) : std::string();
    if (supervisor_->stopping()) return request_stop_again(why, sender);
    exit_code_ = 0;
    const std::string_view hint = had_terminal_ ? "; again: SIGKILL now" : "";
    observers_.message(turn::Level::info, "stopping (" + std::string(why) + ")" + sender + std::string(hint));
    recorder_->daemon_state(state::DaemonState::stopping, cause, why, by);
    begin_stop();
}

void Daemon::begin_stop() {
    manager_.stopping(recorder_->head().stop_timeout);
    server_->begin_end();
    supervisor_->stop(engine::Stop::graceful, [this] { finish(); });
}

void Daemon::request_stop_again(std::string_view why, const std::string& sender) {
    observers_.message(turn::Level::warning, std::string(why) + " again: sending SIGKILL to all remaining processes" + sender);
    supervisor_->stop(engine::Stop::now, [this] { finish(); });
}

/// The ad hoc program is down permanently. talosd exits with its exit code, like a shell.
void Daemon::on_rest(const engine::Runner& runner) {
    const auto& worker = runner.worker();
    if (const int error = runner.spawn_error(); error != 0) exit_code_ = error == ENOENT || error == ENOTDIR ? 127 : 126;
    else if (worker.last_exit) exit_code_ = shell_code(worker.last_exit->status);
    recorder_->daemon_state(state::DaemonState::stopping, "program-ended");
    begin_stop();
}

void Daemon::reopen() {
    observers_.message(turn::Level::info, "SIGUSR1: logs are reopened");
    log_->reopen();
    recorder_->reopen();
    supervisor_->reopen_logs();
}

void Daemon::finish() {
    const bool clean = !supervisor_->gave_up();
    if (clean) observers_.message(turn::Level::info, "stopped");
    else exit_code_ = 1;
    recorder_->daemon_ended(clean ? "" : "processes remain after SIGKILL");
    server_->close();
    if (services_->runtime) services_->runtime->remove();
    if (const auto removed = remove_cgroup(); !removed) observers_.message(turn::Level::warning, removed.error().message());
    if (!clean) recorder_->end_of_turn();
    else if (const auto removed = state::remove_files(files_, *pid_file_); !removed)
        observers_.message(turn::Level::error, removed.error().message());
    ready_.error("stopped before start-up finished");
    io_.stop();
}

}   // namespace talos::daemon

#include "accounts/accounts.hpp"
#include "client/lock_holders.hpp"
#include "config/load/parse.hpp"
#include "config/load/saved_scale.hpp"
#include "daemon/daemon.hpp"
#include "daemon/recovery.hpp"
#include "posix/children/discarded_file.hpp"
#include "posix/processes/descriptors.hpp"
#include "posix/processes/ending.hpp"
#include "posix/processes/identity.hpp"
#include "posix/processes/process_tree.hpp"
#include "posix/processes/random.hpp"
#include "posix/processes/signals.hpp"
#include "posix/rights/act_as.hpp"
#include "state/leftovers.hpp"
#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <poll.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_set>
#include <utility>

/// All steps of the start that can fail, from the directory to the first status.
namespace talos::daemon {

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
    forget_manager(all);
    return all;
}

std::string plural(std::size_t count, std::string_view word) {
    return std::to_string(count) + ' ' + std::string(word) + (count == 1 ? "" : "s");
}

/// The PID in the locked file. It is used only in messages and to decide how long to wait. A lock on an open file description
/// does not identify its holder, so the PID is not proven.
pid_t holder_of(const std::string& pid_file) {
    const auto state = state::read_pid_file(pid_file);
    return state && state->pid ? *state->pid : 0;
}

/// Creates the directory of a socket outside the data directory, because /run is empty after a boot. Errors are reported when the
/// socket is bound.
void make_folder_of(const std::string& socket) {
    constexpr mode_t all_may_enter = 0755;   // the mode of the socket itself decides who can connect
    const auto folder = socket.substr(0, socket.rfind('/'));
    if (folder.empty()) return;
    const auto umask = ::umask(0);
    (void)::mkdir(folder.c_str(), all_may_enter);
    ::umask(umask);
}

/// Waits for the lock if its holder has ended or is ending. A killed talosd holds the lock until it has ended. If it was killed
/// during a spawn, the child holds the lock until its exec, when its marks become visible. Does not wait for a live holder.
Result<state::PidFile> acquire_patiently(const posix::Location& path, ReadyPipe& ready) {
    constexpr int pause_ms = 5;
    constexpr int notice_after = 1'000 / pause_ms;
    constexpr int spawn_timeout = 1'000 / pause_ms;   // for a child in a spawn
    constexpr int end_timeout = 10'000 / pause_ms;    // for the end of a process that received SIGKILL
    for (int attempt = 0;; ++attempt) {
        auto acquired = state::PidFile::acquire(path);
        if (acquired || acquired.error().errno_value() != EWOULDBLOCK) return acquired;
        const pid_t holder = holder_of(path.path);
        const bool ending = posix::is_ending(holder);
        const auto stat = holder > 0 ? posix::read_stat(holder) : Result<posix::ProcessStat>(refused("no holder"));
        if ((stat && stat->state != 'Z' && !ending) || attempt >= (ending ? end_timeout : spawn_timeout)) return acquired;
        if (attempt == notice_after && ending)
            ready.progress("waiting for talosd (pid " + std::to_string(holder) + ") to end; it was killed");
        (void)::poll(nullptr, 0, pause_ms);
    }
}

}   // namespace

Result<> Daemon::prepare() {
    posix::look_up_credentials_with(accounts::credentials_of);
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
    log_ = std::make_unique<DaemonLog>(files_.own(files_.log_file()), setup_.log_level,
                                       ready_ ? DaemonLog::Output::stdout_too : DaemonLog::Output::own_file);
    observers_.add(*log_);
    announce();
    for (const auto& text : setup_.warnings) log_->message(turn::Level::warning, text);
    if (!warning.empty()) observers_.message(turn::Level::warning, warning);
    report_renamed_files();
    // Posted, because the daemon's log may be the file that is being opened.
    files_.opened().on_warning([this] { aio::asio::post(io_, [this] { report_renamed_files(); }); });
    for (const auto& accepted : setup_.config_files.take_warnings()) observers_.message(turn::Level::warning, accepted);
    for (auto step : {&Daemon::open_journal, &Daemon::recover, &Daemon::open_records, &Daemon::open_control}) {
        if (auto done = (this->*step)(); !done) {
            log_->message(turn::Level::fatal, done.error().message());
            ready_.error(done.error().message());
            remove_own_files(done.error().message());
            return done;
        }
    }
    return {};
}

/// A remaining PID file means that a talosd died here and its workers may still run. Removes the file unless that is the case.
void Daemon::remove_own_files(const std::string& why) {
    // The leftover processes have ended, and nothing has been spawned yet.
    if (recorder_) {
        recorder_->daemon_ended(why);
        (void)state::remove_files(files_, *pid_file_);
    } else if (const auto left = state::read_left_status(files_); !left || !*left) {
        (void)pid_file_->remove();
    }
}

void Daemon::report_renamed_files() {
    for (const auto& text : files_.opened().take_warnings()) observers_.message(turn::Level::warning, text);
}

Result<> Daemon::take_lock() {
    auto acquired = acquire_patiently(files_.own(files_.pid_file()), ready_);
    if (!acquired && acquired.error().errno_value() == EWOULDBLOCK && client::end_lock_holders(files_) > 0)
        acquired = acquire_patiently(files_.own(files_.pid_file()), ready_);
    if (!acquired) {
        Failure failure = acquired.error();
        if (failure.errno_value() == EWOULDBLOCK) {
            const pid_t holder = holder_of(files_.pid_file());
            if (posix::is_ending(holder)) {
                failure = refused("talosd (pid " + std::to_string(holder) + ") in " + files_.path() +
                                  " was killed or is exiting, but has not ended yet; start it again once it has");
                ready_.error(failure.what);
                return failure;
            }
            failure = refused("already runs in " + files_.path() +
                              (holder > 0 ? " (pid " + std::to_string(holder) + ")" : std::string()));
            ready_.already(failure.what, holder);
        } else {
            ready_.error(failure.message());
        }
        return failure;
    }
    pid_file_ = std::move(*acquired);
    if (auto duplicated = spawner_.hold_until_exec(pid_file_->lock()); !duplicated) {
        ready_.error(duplicated.error().message());
        return duplicated;
    }
    if (auto written = pid_file_->write(::getpid()); !written) {
        (void)pid_file_->remove();   // an empty file would look like a crash
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
    observers_.message(turn::Level::info, text + ", data in " + files_.path());
}

Result<> Daemon::recover() {
    const bool was_killed = ::access(files_.status_file().c_str(), F_OK) == 0;
    const auto recovered = end_leftovers(files_, observers_, ready_, *journal_, early_);
    if (!recovered && recovered.error().errno_value() == EBUSY) return refused(recovered.error().what);   // a complete message
    if (recovered && was_killed) state::RuntimeDirectory::remove_leftovers(files_);
    return recovered;
}

Result<> Daemon::open_journal() {
    auto journal = state::Journal::open(files_.own(files_.event_file()));
    if (!journal) return journal.error();
    journal_ = std::move(*journal);
    return {};
}

/// Returns nullptr if there is no cgroup; `head` contains the reason.
std::unique_ptr<posix::CgroupTree> Daemon::make_cgroup(state::StatusHead& head) {
    if (!setup_.config.cgroup) {
        head.no_cgroup = "the config says \"cgroup\": \"off\"";
        return nullptr;
    }
    auto tree = posix::CgroupTree::create();
    if (!tree) {
        head.no_cgroup = tree.error().message();
        observers_.message(turn::Level::debug, "no cgroups: " + head.no_cgroup);
        return nullptr;
    }
    spawner_.try_cgroup(tree->directory());
    head.cgroup = tree->identity();
    return std::make_unique<posix::CgroupTree>(std::move(*tree));
}

/// Overrides of unknown workers are kept, because the workers may be added again.
void Daemon::override_config(const state::Overrides& overrides) {
    auto& config = setup_.config;
    for (const auto& complaint : config::apply_scales(config, overrides.instances, files_.path()))
        observers_.message(turn::Level::warning, complaint);
    std::unordered_set<std::string_view> workers;
    for (const auto& worker : config.workers) workers.insert(worker.name);
    auto unknown = std::count_if(overrides.disabled.begin(), overrides.disabled.end(),
                                 [&](const auto& name) { return !workers.contains(name); });
    std::unordered_set<std::string_view> groups;
    for (const auto& group : config.groups) groups.insert(group.pattern.name);
    unknown += std::count_if(overrides.instances.begin(), overrides.instances.end(),
                             [&](const auto& scale) { return !groups.contains(scale.first); });
    if (unknown > 0)
        observers_.message(turn::Level::info, files_.override_file() + " names " +
                                                  plural(static_cast<std::size_t>(unknown), "worker") +
                                                  " that are not in the config; their entries are kept");
}

Result<> Daemon::open_records() {
    if (auto made = posix::become_subreaper(); !made) return made;
    auto overrides = state::read_overrides(files_);
    if (!overrides) return refused(overrides.error().message());
    override_config(*overrides);
    auto identity = posix::own_identity();
    if (!identity) return identity.error();
    state::StatusHead head;
    head.version = setup_.version;
    head.started_at = posix::started_at(identity->start_ticks);
    head.identity = std::move(*identity);
    head.config_path = setup_.config.path;
    head.run = random_run();
    auto cgroups = make_cgroup(head);
    head.stop_timeout = engine::Supervisor::stop_timeout(setup_.config.workers);
    const auto executor = io_.get_executor();
    recorder_ = std::make_unique<turn::Recorder>(
        executor, std::move(*journal_), turn::Recorder::status_in(files_.own(files_.status_file())), std::move(head), observers_);
    services_ = std::make_unique<turn::Services>(turn::Services{executor, kernel_, spawner_, files_, recorder_->head().run,
                                                                own_environment(), setup_.descriptor_limit, setup_.show_output,
                                                                observers_, *recorder_});
    posix::set_discard(
        // Posted: no process may be started while the rights of another user are in use.
        [this, executor](posix::UniqueFd file) {
            aio::asio::post(executor, [this, shared = std::make_shared<posix::UniqueFd>(std::move(file))] {
                services_->discard(std::move(*shared));
            });
        });
    services_->cgroups = std::move(cgroups);
    services_->overrides = std::move(*overrides);
    supervisor_ =
        std::make_unique<engine::Supervisor>(*services_, std::exchange(setup_.config.workers, {}), posix::random_number());
    recorder_->daemon_state(state::DaemonState::starting, "start");
    // Written before the first spawn: a recovery must find the marks of this run even if talosd is killed right after the spawn.
    return recorder_->write_status();
}

std::string Daemon::socket_path() const {
    return setup_.config.control_socket.empty() ? files_.socket_file() : setup_.config.control_socket;
}

Result<> Daemon::open_control() {
    if (const auto complaint = config::access_complaint(setup_.config, files_.path()))
        return refused(setup_.config.path + ": " + *complaint);
    auto access = http::Access::resolve(setup_.config.access);
    if (!access) return refused(setup_.config.path + ": " + access.error().message());
    reload_ = std::make_unique<Reload>(
        *services_, *supervisor_, setup_.config, setup_.config_read, setup_.config_files, setup_.accounts,
        Reload::Callbacks{[this](http::Access changed) { server_->set_access(std::move(changed)); }});
    service_ = std::make_unique<ControlService>(*services_, *supervisor_, *recorder_, *reload_,
                                                [this](bool force, const state::Requester& by) {
                                                    if (!supervisor_->stopping()) {
                                                        request_stop("requested by " + to_text(by), "command", &by);
                                                        term_expected_ = !force;
                                                    }
                                                    if (force) request_stop_again("requested by " + to_text(by));
                                                });
    supervisor_->on_turn([this] {
        reload_->end_of_turn();
        settle();
        if (manager_.wanted()) manager_.status(supervisor_->summary());
    });
    server_ = std::make_unique<http::Server>(io_.get_executor(), *service_, std::move(*access));
    if (!setup_.config.control_socket.empty()) make_folder_of(setup_.config.control_socket);
    // Opened before the first spawn, because workers may use up all descriptors.
    constexpr unsigned owner_only = 0600;
    constexpr unsigned access_decides = 0666;
    return server_->listen({socket_path(), setup_.config.access.empty() ? owner_only : access_decides});
}

}   // namespace talos::daemon

#pragma once
#include "aio/output_pump.hpp"
#include "aio/worker_log.hpp"
#include "core/exit_status.hpp"
#include "daemon/status_document.hpp"
#include "posix/unique_fd.hpp"
#include "supervisor/services.hpp"
#include "worker/machine.hpp"
#include <memory>
#include <optional>
#include <span>

namespace talos::supervisor {

/// One worker's hands: performs what the pure machine decides and feeds back what comes of it. `perform` is the whole list of
/// what talosd can do to a worker.
class Runner {
public:
    Runner(Services& services, std::size_t index, const config::WorkerSpec& spec, std::uint64_t seed);
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    void handle(const worker::Event& event);

    /// Does the spawn that was asked for, unless a stop overtook it. Called once a turn, after all decisions.
    void spawn();

    /// Reaps main if it has ended. Whoever gets the status drains the output and sends Exited.
    [[nodiscard]] std::optional<ExitStatus> reap();

    /// Orphans that belong to this worker, as listed this turn: all of them, and those that were not there before.
    /// Signals the new ones when the rest of the tree is being signalled.
    void adopt(std::span<const pid_t> orphans, std::span<const pid_t> fresh);

    /// Neither a process nor the wish for one.
    [[nodiscard]] bool at_rest() const;

    [[nodiscard]] const worker::Worker& worker() const { return worker_; }
    [[nodiscard]] const config::WorkerSpec& spec() const { return *worker_.spec; }
    [[nodiscard]] std::size_t index() const { return index_; }
    [[nodiscard]] pid_t pid() const { return pid_; }
    /// errno of the last spawn when it failed, else 0.
    [[nodiscard]] int spawn_error() const { return spawn_error_; }
    void fill(daemon::WorkerStatus& row) const;
    void reopen_log() { if (log_) log_->reopen(); }

private:
    void perform(const worker::Spawn& action);
    void perform(const worker::SignalMain& action);
    void perform(const worker::SignalRest& action);
    void perform(const worker::ArmTimer& action);

    struct StartNote {              // a transition to `starting` is recorded with the PID, which is not there yet
        worker::State from;
        std::string_view cause;
        WallTime at;
        bool after_exit;
    };
    void note(const worker::Worker& after, const worker::Event& event);
    void note_start(pid_t pid);
    [[nodiscard]] posix::SpawnRequest request(int output) const;
    [[nodiscard]] Result<> open_output(posix::UniqueFd& write_end);
    void failed(std::string reason, int error);
    void tell_kill(std::size_t processes, std::string_view who) const;

    Services& services_;
    std::size_t index_;
    worker::Worker worker_;
    aio::Timer timer_;
    bool armed_ = false;
    bool queued_ = false;
    int rest_signal_ = 0;           // what the rest of the tree was last sent; 0: nothing
    int spawn_error_ = 0;
    pid_t pid_ = 0;                 // of main while it is not reaped
    pid_t ended_pid_ = 0;           // of the last main once it is reaped; its tree's session
    std::uint64_t start_ticks_ = 0;
    posix::UniqueFd pidfd_;
    std::vector<pid_t> orphans_;
    std::optional<StartNote> start_note_;
    std::unique_ptr<aio::OutputPump> pump_;
    std::unique_ptr<aio::WorkerLog> log_;
};

}  // namespace talos::supervisor

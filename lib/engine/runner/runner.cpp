#include "engine/runner/runner.hpp"
#include "turn/spawn_request.hpp"

#include "posix/processes/identity.hpp"
#include "posix/processes/pidfd.hpp"
#include "turn/recorder.hpp"
#include "worker/data/stop_plan.hpp"
#include <unistd.h>

namespace talos::engine {

using worker::State;

Runner::Runner(turn::Services& services, std::size_t index, config::WorkerSpec spec, std::uint64_t seed)
    : services_(services), index_(index), spec_(std::make_unique<const config::WorkerSpec>(std::move(spec))),
      worker_(worker::make_worker(*spec_, seed, stamp_now())), timer_(services.executor) {}

void Runner::handle(const worker::Event& event, const Why& given) {
    settle_start();   // what its program did may have caused this event
    const auto deferral = std::holds_alternative<worker::DependentsGone>(event) ? std::move(deferral_) : nullptr;
    const Why why =
        deferral ? Why{deferral->cause, deferral->by ? &*deferral->by : nullptr, deferral->reason, deferral->reason_code} : given;
    worker_.needed = waits_for_dependents();
    auto [after, actions] = worker::next(worker_, event);
    if (unconfirmed_ && !after.is(State::starting)) abandon_start();
    const bool late = after.epoch != worker_.epoch;
    if (worker_.plan_waits() && !after.plan_waits()) hooks().plan_began = worker::at(event);
    note(after, event, why);
    note_deferral(after, event, why);
    const bool was_paused = worker_.is_paused();
    const auto reloads = worker_.reloads;
    const bool turns_fatal = after.is(State::fatal) && !worker_.is(State::fatal);
    worker_ = std::move(after);
    if (watch_) watch_->follow(worker_);
    if (next_spec_) adopt_next_spec();
    if (late && armed_) {
        timer_.cancel();
        armed_ = false;
    }
    for (const auto& action : actions) std::visit([this](const auto& a) { perform(a); }, action);
    if (turns_fatal) {
        const auto* exit = worker_.exit_of_start();
        raise({config::Hook::on_fatal, 0, exit != nullptr ? std::optional(*exit) : std::nullopt, worker_.result,
               worker_.reason.text()});
    }
    if (notices_) {
        const bool killed = std::holds_alternative<worker::KillAsked>(event);
        if (!worker_.wanted_up()) drop_notices(killed);
        run_notices();
    }
    if (cgroup_ && at_rest()) cgroup_->release();
    if (services_.directories && at_rest() && !worker_.held_back()) services_.directories->left_by(*this);
    if (!why.quiet) tell_pause(was_paused);
    tell_reload(reloads);
    tell_dependencies();
}

// --- what the machine asked for -----------------------------------------------------------------------------------

void Runner::perform(const worker::Spawn&) {
    if (queued_) return;
    queued_ = true;
    services_.spawn_queue.push_back(this);
    services_.touch();
}

void Runner::perform(const worker::ArmTimer& action) {
    armed_ = true;
    timer_.expires_after(action.after);
    timer_.async_wait([this, epoch = worker_.epoch, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired()) return;
        handle(worker::TimerFired{stamp_now(), epoch});
        services_.touch();
    });
}

// --- spawning -----------------------------------------------------------------------------------------------------

void Runner::make_output() {
    if (!output_ && (!spec_->log.empty() || checks::reads_output(*spec_)))
        output_ = std::make_unique<Output>(services_, index_, *spec_);
}

Result<Output::Ends> Runner::open_output(const posix::SpawnRequest& request) {
    make_output();
    if (RunWatch::wanted(*spec_)) watch_run();   // before the pipe is made: it may be the only one who reads it
    return output_ ? output_->open(request) : Output::Ends{};
}

void Runner::spawn() {
    queued_ = false;
    if (worker_.hook() != config::Hook::none) return;   // the preStart of a later start, which asks again
    const bool prepared = hooks_ && std::exchange(hooks_->counted, false);
    if (!worker_.is(State::starting) || worker_.has_main() || unconfirmed_) return;
    if (!prepared) ++attempts_;
    auto request = turn::spawn_request(*worker_.spec, services_, ++services_.spawns);
    const auto output = open_output(request ? *request : posix::SpawnRequest{});   // in any case: the last run's output ends here
    if (!output) return failed(output.error().message(), output.error().errno_value());
    if (!request) return failed(request.error().message(), request.error().errno_value());
    if (const auto made = services_.make_directories(*this, *spec_, *request); !made)
        return failed(made.error().message(), made.error().errno_value());
    const auto cgroup = enter_cgroup();
    request->cgroup_fd = cgroup.get();
    request->stdout_fd = output->out.get();
    request->stderr_fd = output->err ? output->err.get() : output->out.get();
    if (const auto equipped = watch_ ? watch_->equip(*request) : Result<>{}; !equipped)
        return failed(equipped.error().message(), equipped.error().errno_value());
    const Stamp before = stamp_now();
    auto process = services_.kernel.start(*request);
    if (!process) return failed(to_text(process.error()), process.error().error);
    auto& spawned = *process;
    spawn_error_ = 0;
    rest_signal_ = 0;
    sent_ = 0;
    main_signals_.clear();
    services_.sliced->drop(this);
    forget_process();
    const auto* attributes = request->attributes.get();
    uid_ = attributes != nullptr && attributes->credentials ? attributes->credentials->uid : ::geteuid();
    run_number_ = services_.spawns;
    run_open_ = true;
    pid_ = spawned.pid;
    start_ticks_ = spawned.start_ticks;
    pidfd_ = std::move(spawned.pidfd);
    services_.processes.spawned(pid_, *this);
    if (!spawned.unconfirmed) return started(before, prepared);
    auto done = [this](const posix::SpawnOutcome& outcome) { exec_known(outcome); };
    auto exec = std::make_unique<aio::ExecWatch>(services_.executor, std::move(spawned.unconfirmed), pidfd_, std::move(done));
    unconfirmed_ = std::make_unique<Unconfirmed>(Unconfirmed{before, prepared, std::move(exec)});
    services_.recorder.changed();
}

void Runner::started(Stamp before, bool prepared) {
    if (start_note_ && start_note_->after_exit) services_.statistics.restart_latency.observe(Clock::now() - worker_.since.steady);
    note_start(pid_);
    if (prepared) note_command("spawn", {});   // the start itself was noted when preStart began
    handle(worker::Spawned{before});
    if (watch_) watch_->begin(pid_, run_number_, cgroup_ ? cgroup_->leaf() : std::string());
}

void Runner::settle_start() {
    if (!unconfirmed_) return;
    if (const auto outcome = unconfirmed_->exec->take()) exec_known(*outcome);
}

void Runner::exec_known(const posix::SpawnOutcome& outcome) {
    const auto known = std::move(unconfirmed_);
    if (outcome) {
        started(known->before, known->prepared);
    } else {
        disown_process();
        failed(to_text(outcome.error()), outcome.error().error);
    }
    services_.touch();
}

/// A stop has overtaken the exec: nothing of the program has run.
void Runner::abandon_start() {
    unconfirmed_.reset();
    (void)services_.kernel.send_signal(pid_, pidfd_, SIGKILL);
    disown_process();
    watch_.reset();
    if (output_) output_->no_run();
}

/// A process that never became main; only its reaping is left.
void Runner::disown_process() {
    services_.processes.forget(pid_, *this);
    services_.processes.helper(pid_);
    pid_ = 0;
    pidfd_.reset();
}

void Runner::failed(std::string reason, int error) {
    watch_.reset();
    if (output_) output_->no_run();
    if (error == EMFILE && reason.find("RLIMIT_NOFILE") == std::string::npos)
        reason += " (the limit of open files is reached: RLIMIT_NOFILE)";
    spawn_error_ = error;
    note_start(0);
    handle(worker::SpawnFailed{stamp_now(), std::move(reason)});
}

// --- ends ---------------------------------------------------------------------------------------------------------

std::optional<ExitStatus> Runner::reap() {
    if (watch_) watch_->catch_up();   // its last words may name another main
    auto status = services_.kernel.reap(pid_, pidfd_);
    if (!status) {
        services_.observer.about(index_, turn::Level::error, status.error().message());
        return std::nullopt;
    }
    if (!*status) return std::nullopt;
    ended_pid_ = std::exchange(pid_, 0);   // from here on the number means nobody
    pidfd_.reset();
    services_.recorder.changed();   // also where the exit itself is published later
    return **status;
}

bool Runner::go_on(const ExitStatus& status) {
    if (watch_ && watch_->successor_in_question()) return false;
    if (follow_successor(status)) return true;
    end_run();
    return false;
}

bool Runner::go_on_after_all(const ExitStatus& status) {
    if (!watch_ || !watch_->successor_in_question()) return false;
    const auto owner = services_.owner_of(watch_->successor().pid);
    watch_->settle_successor(owner.runner == this && owner.hook == 0);
    if (follow_successor(status)) return true;
    end_run();
    return false;
}

void Runner::end_run() {
    watch_.reset();
    if (output_) output_->run_ended();
}

/// A server that replaces itself by a new process: it is a child of ours now that the old one has ended. Everything is asked of the kernel
/// anew; that it belongs to the run was found when it was named.
bool Runner::follow_successor(const ExitStatus& status) {
    if (!worker_.is(State::starting) && !worker_.is(State::running)) return false;
    const auto successor = watch_ ? watch_->successor() : posix::ProcessKey{};
    if (successor.pid <= 1 || successor.pid == ended_pid_) return false;
    const auto& processes = services_.processes;
    if (processes.is_helper(successor.pid) || processes.leader_of(successor.pid) != nullptr) return false;
    const auto stat = services_.kernel.read_stat(successor.pid);
    if (!stat || stat->ppid != ::getpid() || stat->start_ticks != successor.start_ticks) return false;
    auto pidfd = posix::pidfd_open(successor.pid);   // a child of ours that is not reaped: the number is its
    if (!pidfd) return false;
    former_.push_back(ended_pid_);
    pid_ = successor.pid;
    start_ticks_ = successor.start_ticks;
    pidfd_ = std::move(*pidfd);
    services_.processes.spawned(pid_, *this);
    watch_->main_is(pid_);
    const auto text = "pid " + std::to_string(pid_) + " is its main process now, named by MAINPID=; pid " +
                      std::to_string(ended_pid_) + ": " + talos::to_text(status);
    services_.observer.about(index_, turn::Level::info, text);
    note_command("main-process", {.reason = text});
    services_.recorder.changed();
    services_.touch();
    return true;
}

void Runner::forget_process() {
    services_.processes.forget(ended_pid_, *this);
    for (const pid_t pid : former_) services_.processes.forget(pid, *this);
    former_.clear();
}

bool Runner::at_rest() const { return worker_.is_at_rest(); }

}   // namespace talos::engine

#include "engine/runner/hook_run.hpp"

#include "core/duration.hpp"
#include "core/signal_name.hpp"
#include "engine/runner/runner.hpp"
#include "posix/processes/process_tree.hpp"
#include "turn/signal_work.hpp"
#include "turn/spawn_request.hpp"
#include <csignal>
#include <utility>

namespace talos::engine {

namespace {

constexpr auto pause_length = std::chrono::milliseconds{500};

/// Empty: it is not to be there.
void set_variable(std::vector<std::string>& environment, std::string_view name, std::string_view value) {
    const std::string prefix = std::string(name) + '=';
    std::erase_if(environment, [&](const std::string& entry) { return entry.starts_with(prefix); });
    if (!value.empty()) environment.push_back(prefix + std::string(value));
}

void tell(std::vector<std::string>& environment, config::Hook which, const HookFacts& facts) {
    const auto* status = facts.exit != nullptr ? &facts.exit->status : nullptr;
    set_variable(environment, posix::hook_variable, to_text(which));
    set_variable(environment, "TALOS_RESULT", facts.result ? to_text(*facts.result) : "");
    set_variable(environment, "TALOS_REASON", facts.reason);
    set_variable(environment, "TALOS_PID", facts.main != 0 ? std::to_string(facts.main) : "");
    set_variable(environment, "TALOS_EXIT_CODE", status != nullptr && status->signal == 0 ? std::to_string(status->code) : "");
    set_variable(environment, "TALOS_EXIT_SIGNAL", status != nullptr && status->signal != 0 ? signal_name(status->signal) : "");
}

}   // namespace

HookRun::HookRun(turn::Services& services, Runner& runner, config::Hook which, Output* output)
    : services_(services), runner_(runner), number_(++services.spawns), which_(which), output_(output),
      program_(services, posix::CgroupKind::hook, runner.spec().name,
               is_notice(which) ? turn::RunCgroup::Share::several : turn::RunCgroup::Share::one),
      timer_(services.executor) {}

HookRun::~HookRun() {
    services_.sliced->drop(this);
    if (session_ != 0) services_.processes.hook_over(session_);
}

Result<> HookRun::start(const config::WorkerSpec& spec, const HookFacts& facts) {
    const auto& hook = *config::find_hook(spec, which_);
    timeout_ = hook.timeout;
    config::WorkerSpec program = spec;
    program.command = hook.command;
    auto request = turn::spawn_request(program, services_, number_);
    if (!request) return request.error();
    if (which_ == config::Hook::pre_start)
        if (auto made = services_.make_directories(runner_, spec, *request); !made) return made;
    tell(request->env, which_, facts);
    logs::ChildEnd output;
    if (output_ != nullptr) {
        auto pipe = open_pipe(*request);
        if (!pipe) return pipe.error();
        output = std::move(*pipe);
        request->stdout_fd = output.get();
        request->stderr_fd = output.get();
    }
    if (auto started = program_.start(std::move(*request), [this](const Result<ExitStatus>& result) { ended(result); });
        !started) {
        pump_.reset();
        return started;
    }
    session_ = program_.pid();
    services_.processes.hook_spawned(session_, {&runner_, number_});
    keep_time(timeout_);
    return {};
}

void HookRun::keep_time(Millis timeout) {
    const Stamp now = stamp_now();
    deadline_ = {now.steady + timeout, now.wall + timeout};
    timer_.expires_at(deadline_.steady);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired() || program_.pid() == 0) return;
        (hurried_ ? cut_short_ : timed_out_) = true;
        program_.signal(SIGKILL);
    });
}

void HookRun::end_within(Millis longest) {
    if (hurried_ || program_.pid() == 0 || Clock::now() + longest >= deadline_.steady) return;
    hurried_ = true;
    keep_time(longest);
}

void HookRun::signal(int number) {
    told_ = true;
    program_.signal(number);
}

void HookRun::ended(const Result<ExitStatus>& result) {
    ok_ = result && result->clean() && !timed_out_ && !cut_short_;
    if (timed_out_) how_ = "not done within " + format_duration(timeout_);
    else if (cut_short_) how_ = "killed at the end of the stop plan, not done by then";
    else how_ = result ? "it ended with " + to_text(*result) : result.error().message();
    services_.ended_hooks.push_back({&runner_, number_});
}

std::string HookRun::failure() const {
    if (ok_ || (told_ && !timed_out_ && !cut_short_)) return {};
    return std::string(to_text(which_)) + ": " + how_;
}

bool HookRun::settle(std::span<const pid_t> leftovers) {
    const bool populated = program_.cgroup().populated();
    if (populated) program_.cgroup().kill();
    if (!leftovers.empty() && !services_.sliced->has(this)) {   // those that are left after that are for the next call
        auto work = std::make_shared<turn::SignalWork>(services_.kernel, SIGKILL);
        work->add_trees(leftovers);
        services_.sliced->add(this, [work](SteadyTime end) { return work->step(end); });
    }
    if (populated && leftovers.empty()) program_.cgroup().watch([this] { services_.trees_changed(); });
    if (populated || !leftovers.empty()) return false;
    close_pipe();
    return true;
}

// --- its output ---------------------------------------------------------------------------------------------------

Result<logs::ChildEnd> HookRun::open_pipe(const posix::SpawnRequest& request) {
    auto pipe = services_.child_pipe(request);
    if (!pipe) return pipe.error();
    auto sink = [this](std::string_view bytes) { return take(bytes); };
    pump_ = std::make_unique<logs::OutputPump>(services_.executor, std::move(pipe->read), std::move(sink), output_->flow(),
                                               std::move(pipe->relayed));
    if (output_->flow() == logs::Flow::wait) resume_later();
    return std::move(pipe->write);
}

logs::Flow HookRun::take(std::string_view bytes) {
    if (!bytes.empty()) last_ = bytes.back();
    const auto flow = output_->write(logs::Stream::out, bytes);
    if (flow == logs::Flow::wait) resume_later();
    return flow;
}

/// The log tells its own pumps when it can be written again; this one asks.
void HookRun::resume_later() {
    if (pause_) return;
    pause_ = std::make_unique<aio::Timer>(services_.executor);
    pause_->expires_after(pause_length);
    pause_->async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (error || alive.expired()) return;
        pause_.reset();
        if (!pump_) return;
        if (output_->flow() == logs::Flow::on) pump_->resume();
        else resume_later();
    });
}

/// What follows in the log is another's, and begins a line.
void HookRun::close_pipe() {
    if (!pump_) return;
    if (pump_->open()) pump_->drain();
    pump_.reset();
    pause_.reset();
    if (last_ != '\n') (void)output_->write(logs::Stream::out, "\n");
}

}   // namespace talos::engine

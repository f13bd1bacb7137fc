#include "turn/side_program.hpp"

#include "turn/signal_work.hpp"
#include <csignal>
#include <memory>
#include <span>
#include <utility>

namespace talos::turn {

SideProgram::~SideProgram() {
    if (program_.pid != 0) services_.processes.forget_helper(program_.pid);
    signal(SIGKILL);
}

Result<> SideProgram::start(posix::SpawnRequest request, Ended ended) {
    const auto directory = cgroup_.enter();
    if (!directory) services_.observer.message(Level::warning, directory.error().message());
    if (directory && *directory) request.cgroup_fd = directory->get();
    auto spawned = services_.kernel.start(request);
    if (!spawned) return refused(to_text(spawned.error()));
    program_ = std::move(*spawned);
    ended_ = std::move(ended);
    services_.processes.helper(program_.pid, [this](const ExitStatus& status) { reaped(status); });
    if (program_.unconfirmed) {
        exec_ = std::make_unique<aio::ExecWatch>(services_.executor, std::move(program_.unconfirmed), program_.pidfd,
                                                 [this](const posix::SpawnOutcome& outcome) {
                                                     if (!outcome) failure_ = to_text(outcome.error());
                                                     exec_.reset();
                                                 });
    }
    return {};
}

void SideProgram::reaped(const ExitStatus& status) {
    if (exec_) {
        if (const auto outcome = exec_->take(); outcome && !*outcome) failure_ = to_text(outcome->error());
    }
    exec_.reset();
    program_ = {};   // from here on the number means no process
    const auto told = std::move(ended_);
    told(failure_.empty() ? Result<ExitStatus>{status} : refused(std::exchange(failure_, {})));
}

void SideProgram::signal(int number) {
    if (number == SIGKILL && cgroup_.populated()) cgroup_.kill();
    if (program_.pid == 0) return;
    if (exec_ || !failure_.empty()) {
        (void)services_.kernel.send_signal(program_.pid, program_.pidfd,
                                           SIGKILL);   // nothing of the program runs that could act on another signal
    } else if (number == SIGKILL) {
        auto work = std::make_shared<SignalWork>(services_.kernel, number);   // also when this object goes
        work->add_trees(std::span(&program_.pid, 1));
        services_.sliced->add(nullptr, [work](SteadyTime end) { return work->step(end); });
    } else if (services_.kernel.signal_group(program_.pid, number)) {
        (void)services_.kernel.signal_group(program_.pid, SIGCONT);   // so that a stopped one acts on it
    }
}

}   // namespace talos::turn

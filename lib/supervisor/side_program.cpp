#include "supervisor/side_program.hpp"

#include "posix/pidfd.hpp"
#include "posix/tree_signal.hpp"
#include <csignal>
#include <utility>

namespace talos::supervisor {

SideProgram::~SideProgram() {
    if (program_.pid == 0) return;
    services_.processes.forget_helper(program_.pid);
    signal(SIGKILL);
}

Result<> SideProgram::start(const posix::SpawnRequest& request, Ended ended) {
    auto spawned = services_.launcher.spawner().spawn(request);
    if (!spawned) return refused(to_text(spawned.error()));
    program_ = std::move(*spawned);
    ended_ = std::move(ended);
    services_.processes.helper(program_.pid, [this](const ExitStatus& status) {
        program_ = {};   // from here on the number means nobody
        const auto told = std::move(ended_);
        told(status);
    });
    return {};
}

void SideProgram::signal(int number) const {
    if (program_.pid == 0) return;
    if (number == SIGKILL) {
        (void)posix::signal_tree(program_.pid, number);
    } else if (posix::signal_group(program_.pid, number)) {
        (void)posix::signal_group(program_.pid, SIGCONT);   // so that a stopped one acts on it
    }
}

}  // namespace talos::supervisor

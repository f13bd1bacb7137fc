#include "supervisor/exec_probe.hpp"

#include "posix/tree_signal.hpp"
#include "supervisor/spawn_request.hpp"
#include <boost/asio/post.hpp>
#include <csignal>
#include <utility>

namespace talos::supervisor {

ExecProbe::~ExecProbe() {
    if (program_.pid == 0) return;
    services_.processes.forget_helper(program_.pid);
    (void)posix::signal_tree(program_.pid, SIGKILL);
}

void ExecProbe::start(Done done) {
    done_ = std::move(done);
    auto spawned = spawn();
    if (spawned) return;
    aio::asio::post(services_.executor, [this, failure = spawned.error(), alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) finish(failure);
    });
}

Result<> ExecProbe::spawn() {
    const auto request = spawn_request(spec_, services_);
    if (!request) return request.error();
    auto spawned = services_.launcher.spawner().spawn(*request);
    if (!spawned) return refused(to_text(spawned.error()));
    program_ = std::move(*spawned);
    services_.processes.helper(program_.pid, [this](const ExitStatus& status) { ended(status); });
    return {};
}

void ExecProbe::ended(const ExitStatus& status) {
    program_.pid = 0;
    program_.pidfd.reset();
    if (status.clean()) return finish({});
    finish(refused(spec_.command.front() + ": " + to_text(status)));
}

void ExecProbe::finish(Result<> result) {
    const auto done = std::move(done_);
    done(std::move(result));
}

}  // namespace talos::supervisor

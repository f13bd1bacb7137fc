#include "supervisor/exec_probe.hpp"

#include "supervisor/runner.hpp"
#include "supervisor/spawn_request.hpp"
#include <boost/asio/post.hpp>
#include <utility>

namespace talos::supervisor {

void ExecProbe::start(Done done) {
    done_ = std::move(done);
    auto spawned = spawn();
    if (spawned) return;
    aio::asio::post(services_.executor, [this, failure = spawned.error(), alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) finish(failure);
    });
}

Result<> ExecProbe::spawn() {
    const Runner* worker = services_.find_worker(spec_.name);
    auto request = spawn_request(spec_, services_, worker != nullptr ? worker->run_number() : 0);   // leftovers of it are the run's
    if (!request) return request.error();
    return program_.start(std::move(*request), [this](const Result<ExitStatus>& result) { ended(result); });
}

void ExecProbe::ended(const Result<ExitStatus>& result) {
    if (!result) return finish(result.error());
    if (result->clean()) return finish({});
    finish(refused(spec_.command.front() + ": " + to_text(*result)));
}

void ExecProbe::finish(Result<> result) {
    const auto done = std::move(done_);
    done(std::move(result));
}

}  // namespace talos::supervisor

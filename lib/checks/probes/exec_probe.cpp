#include "checks/probes/exec_probe.hpp"

#include "core/text.hpp"
#include "turn/spawn_request.hpp"
#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace talos::checks {

namespace {

/// The last line that is not blank; of a long one its beginning.
std::string last_line(const logs::TailRing& tail) {
    constexpr std::size_t most = 200;
    const auto lines = tail.lines(logs::TailRing::most_bytes);
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        const auto end = line->find_last_not_of(" \t\r");
        if (end != std::string::npos) return valid_utf8(line->substr(0, std::min(end + 1, most)));
    }
    return {};
}

}   // namespace

void ExecProbe::start(Done done, Millis /*longest*/) {
    done_ = std::move(done);
    auto spawned = spawn();
    if (spawned) return;
    aio::asio::post(services_.executor, [this, failure = spawned.error(), alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) finish(failure);
    });
}

Result<> ExecProbe::spawn() {
    const auto number = ++services_.spawns;
    auto request = turn::spawn_request(spec_, services_, number);
    if (!request) return request.error();
    auto pipe = services_.child_pipe(*request);
    if (!pipe) return pipe.error();
    request->stdout_fd = request->stderr_fd = pipe->write.get();
    auto started = program_.start(std::move(*request), [this](const Result<ExitStatus>& result) { ended(result); });
    if (!started) return started;
    if (!services_.cgroups) services_.probes.spawned(number, program_.pid());
    output_.emplace(
        services_.executor, std::move(pipe->read),
        [this](std::string_view bytes) {
            tail_.write(bytes);
            return logs::Flow::on;
        },
        logs::Flow::on, std::move(pipe->relayed));
    return {};
}

void ExecProbe::ended(const Result<ExitStatus>& result) {
    if (!result) return finish(result.error());
    if (result->clean()) return finish({});
    if (output_->open()) output_->drain();
    std::string why = spec_.command.front() + ": " + to_text(*result);
    if (const auto line = last_line(tail_); !line.empty()) why += "; its last line: " + line;
    finish(refused(std::move(why)));
}

void ExecProbe::finish(Result<> result) {
    const auto done = std::move(done_);
    done(std::move(result));
}

}   // namespace talos::checks

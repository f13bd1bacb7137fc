#include "supervisor/ready_watch.hpp"

#include "aio/http_probe.hpp"
#include "config/ready_text.hpp"
#include "supervisor/exec_probe.hpp"
#include "supervisor/ready_fd.hpp"
#include "supervisor/ready_log.hpp"
#include "supervisor/ready_notify.hpp"
#include "supervisor/ready_poll.hpp"
#include "supervisor/services.hpp"
#include <utility>

namespace talos::supervisor {

using Kind = config::ReadySpec::Kind;

namespace {

/// The targets are valid: the config was checked.
ReadyPoll::MakeProbe probes_of(Services& services, const config::WorkerSpec& spec) {
    const auto& ready = *spec.ready.get();
    if (ready.kind == Kind::tcp) {
        return [executor = services.executor, endpoint = parse_endpoint(ready.target).value()] {
            return std::make_unique<aio::TcpProbe>(executor, endpoint);
        };
    }
    if (ready.kind == Kind::http) {
        return [executor = services.executor, url = parse_http_url(ready.target).value(), status = ready.status] {
            return std::make_unique<aio::HttpProbe>(executor, url, status);
        };
    }
    auto program = std::make_shared<config::WorkerSpec>(spec);
    program->command = ready.command;
    return [&services, program = std::move(program)] { return std::make_unique<ExecProbe>(services, *program); };
}

std::string seen_by(const config::ReadySpec& ready) {
    if (ready.kind == Kind::tcp) return ready.target + " accepts connections";
    if (ready.kind == Kind::http) return ready.target + " answers " + std::to_string(ready.status);
    return ready.command.front() + " exits with 0";
}

}  // namespace

bool reads_output(const config::WorkerSpec& spec) {
    const auto* ready = spec.ready.get();
    return ready != nullptr && ready->kind == Kind::log;
}

std::unique_ptr<ReadyWatch> make_ready_watch(Services& services, const config::WorkerSpec& spec, Output* output,
                                             ReadyWatch::Hooks hooks) {
    const auto& ready = *spec.ready.get();
    switch (ready.kind) {
    case Kind::notify: return std::make_unique<ReadyNotify>(services, spec.name, std::move(hooks));
    case Kind::fd: return std::make_unique<ReadyFd>(services.executor, std::move(hooks));
    case Kind::tcp:
    case Kind::http:
    case Kind::exec:
        return std::make_unique<ReadyPoll>(services.executor, probes_of(services, spec), ready.interval, seen_by(ready), std::move(hooks));
    case Kind::log: return std::make_unique<ReadyLog>(services.executor, ready.target, *output, std::move(hooks));
    }
    __builtin_unreachable();
}

}  // namespace talos::supervisor

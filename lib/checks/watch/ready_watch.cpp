#include "checks/watch/ready_watch.hpp"

#include "checks/watch/ready_fd.hpp"
#include "checks/watch/ready_log.hpp"
#include "checks/watch/ready_notify.hpp"
#include "checks/watch/ready_poll.hpp"
#include "config/model/probe_text.hpp"
#include "turn/services.hpp"
#include <utility>

namespace talos::checks {

using Kind = config::ReadySpec::Kind;

namespace {

std::string seen_by(const config::ProbeSpec& probe) {
    switch (probe.kind) {
    case config::ProbeSpec::Kind::tcp: return probe.target + " accepts connections";
    case config::ProbeSpec::Kind::http: return probe.target + " answers " + config::status_text(probe);
    case config::ProbeSpec::Kind::exec: return probe.command.front() + " exits with 0";
    }
    __builtin_unreachable();
}

}   // namespace

bool reads_output(const config::WorkerSpec& spec) {
    const auto* ready = spec.ready.get();
    return ready != nullptr && ready->kind == Kind::log;
}

std::unique_ptr<ReadyWatch> make_ready_watch(turn::Services& services, const config::WorkerSpec& spec, logs::OutputTaps* output,
                                             ReadyWatch::Callbacks callbacks) {
    const auto& ready = *spec.ready.get();
    switch (ready.kind) {
    case Kind::notify: return std::make_unique<ReadyNotify>(std::move(callbacks));
    case Kind::fd: return std::make_unique<ReadyFd>(services, std::move(callbacks));
    case Kind::log: return std::make_unique<ReadyLog>(services.executor, ready.pattern, *output, std::move(callbacks));
    case Kind::probe:
        return std::make_unique<ReadyPoll>(services.executor, probes_of(services, spec, ready.probe), ready.interval,
                                           seen_by(ready.probe), std::move(callbacks));
    }
    __builtin_unreachable();
}

}   // namespace talos::checks

#include "checks/probes/probes.hpp"

#include "checks/probes/exec_probe.hpp"
#include "checks/probes/http_probe.hpp"
#include "turn/services.hpp"
#include <utility>

namespace talos::checks {

using Kind = config::ProbeSpec::Kind;

/// The targets are valid: the config was checked.
MakeProbe probes_of(turn::Services& services, const config::WorkerSpec& spec, const config::ProbeSpec& probe) {
    if (services.simulated_probes) return services.simulated_probes(spec);
    const auto* process = spec.process.get();
    const auto user = process != nullptr ? process->user : std::string();
    switch (probe.kind) {
    case Kind::tcp:
        return [&services, user, endpoint = parse_endpoint(probe.target).value()] {
            return std::make_unique<TcpProbe>(services.executor, endpoint, services.name_lookups(user));
        };
    case Kind::http:
        return [&services, user, url = parse_http_url(probe.target).value(), statuses = probe.status, headers = probe.headers] {
            return std::make_unique<HttpProbe>(services.executor, url, services.name_lookups(user), statuses, headers);
        };
    case Kind::exec: {
        auto program = std::make_shared<config::WorkerSpec>(spec);
        program->command = probe.command;
        return [&services, program = std::move(program)] { return std::make_unique<ExecProbe>(services, *program); };
    }
    }
    __builtin_unreachable();
}

}   // namespace talos::checks

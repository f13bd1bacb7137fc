#include "supervisor/ready_watch.hpp"

#include "supervisor/ready_fd.hpp"
#include "supervisor/ready_log.hpp"
#include "supervisor/ready_notify.hpp"
#include "supervisor/services.hpp"
#include <utility>

namespace talos::supervisor {

using Kind = config::ReadySpec::Kind;

bool reads_output(const config::WorkerSpec& spec) {
    const auto* ready = spec.ready.get();
    return ready != nullptr && ready->kind == Kind::log;
}

std::unique_ptr<ReadyWatch> make_ready_watch(const Services& services, const config::WorkerSpec& spec, Output* output,
                                             ReadyWatch::Hooks hooks) {
    const auto& ready = *spec.ready.get();
    switch (ready.kind) {
    case Kind::notify: return std::make_unique<ReadyNotify>(services, spec.name, std::move(hooks));
    case Kind::fd: return std::make_unique<ReadyFd>(services.executor, std::move(hooks));
    case Kind::log: return std::make_unique<ReadyLog>(services.executor, ready.target, *output, std::move(hooks));
    }
    __builtin_unreachable();
}

}  // namespace talos::supervisor

#include "posix/processes/pidfd.hpp"
#include "posix/spawn/spawn.hpp"
#include "posix/spawn/spawn_child.hpp"
#include "posix/spawn/spawn_failure.hpp"
#include <cerrno>
#include <unistd.h>
#include <utility>

namespace talos::posix {

UnconfirmedExec::UnconfirmedExec(UniqueFd report, SpawnRequest request, std::vector<std::string> candidates)
    : report_(std::move(report)), request_(std::move(request)), candidates_(std::move(candidates)) {
    request_.cgroup_fd = -1;   // the caller may close this descriptor
}

std::optional<SpawnOutcome> UnconfirmedExec::check() {
    ChildReport report;
    ssize_t size = 0;
    do {
        size = ::read(report_.get(), &report, sizeof report);
    } while (size < 0 && errno == EINTR);
    if (size < 0 && errno == EAGAIN) return std::nullopt;
    if (size == static_cast<ssize_t>(sizeof report)) return SpawnOutcome{explain(report, request_, candidates_)};
    return SpawnOutcome{};
}

SpawnFailure UnconfirmedExec::given_up(int waited_seconds) const {
    const auto* attributes = request_.attributes.get();
    std::string note = "killed after " + std::to_string(waited_seconds) + "s without an exec: ";
    if (attributes != nullptr && attributes->credentials)
        note += "a process of user " + attributes->credentials->user + " keeps stopping it, or ";
    return {SpawnStep::exec, ETIME, request_.argv.front(),
            note + "its program or directory is on a file system that does not respond"};
}

}   // namespace talos::posix

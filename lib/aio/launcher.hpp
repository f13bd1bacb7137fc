#pragma once
#include "aio/types.hpp"
#include "posix/spawn/spawn.hpp"
#include <boost/process/v2/process.hpp>
#include <optional>
#include <utility>

namespace talos::aio {

/// Boost.Process v2 launcher on top of posix::Spawner: constant cost however many descriptors the io_context watches, no
/// fork notification, one pidfd from the clone itself. Unlike the stock launchers it takes its whole specification as one
/// SpawnRequest: an initialiser that it does not know is a compile error, not a silent no-op.
class Launcher {
public:
    using Process = boost::process::v2::basic_process<Executor>;

    explicit Launcher(posix::Spawner& spawner) : spawner_(&spawner) {}

    /// The process, which may not have exec'ed yet (see Spawner::start), or an empty one and `error` (the errno) when it could not be
    /// started; failure() has the step then.
    /// In Boost 1.81 the destructor of basic_process kills and waits by PID, and its handle does not give its descriptor away:
    /// the process gets a duplicate of the pidfd, detach() it at once and take() what was spawned.
    [[nodiscard]] Process operator()(const Executor& executor, boost::system::error_code& error,
                                     const posix::SpawnRequest& request);

    /// PID, pidfd and start ticks of the last spawn; afterwards the launcher has forgotten them.
    [[nodiscard]] posix::Spawned take() { return std::move(spawned_); }

    [[nodiscard]] posix::Spawner& spawner() const { return *spawner_; }

    [[nodiscard]] const std::optional<posix::SpawnFailure>& failure() const { return failure_; }

private:
    posix::Spawner* spawner_;
    std::optional<posix::SpawnFailure> failure_;
    posix::Spawned spawned_;
};

}   // namespace talos::aio

#pragma once
#include "aio/types.hpp"
#include "posix/spawn/spawn.hpp"
#include <boost/process/v2/process.hpp>
#include <optional>
#include <utility>

namespace talos::aio {

/// A launcher for Boost.Process v2 that uses posix::Spawner. Its cost does not depend on the number of descriptors in the
/// io_context, it sends no fork notification, and the clone itself returns the pidfd. Unlike the standard launchers it takes one
/// SpawnRequest: an unsupported initialiser is a compile error and not silently ignored.
class Launcher {
public:
    using Process = boost::process::v2::basic_process<Executor>;

    explicit Launcher(posix::Spawner& spawner) : spawner_(&spawner) {}

    /// Returns the process, which may not have called exec yet (see Spawner::start). If it could not be started, returns an empty
    /// process and sets `error` to the errno; failure() returns the step. In Boost 1.81, the destructor of basic_process kills
    /// and waits by PID, and its handle does not release its descriptor. So the process gets a duplicate of the pidfd: call
    /// detach() on it at once, and then take().
    [[nodiscard]] Process operator()(const Executor& executor, boost::system::error_code& error,
                                     const posix::SpawnRequest& request);

    /// Moves the PID, the pidfd and the start ticks of the last spawn out of the launcher.
    [[nodiscard]] posix::Spawned take() { return std::move(spawned_); }

    [[nodiscard]] posix::Spawner& spawner() const { return *spawner_; }

    [[nodiscard]] const std::optional<posix::SpawnFailure>& failure() const { return failure_; }

private:
    posix::Spawner* spawner_;
    std::optional<posix::SpawnFailure> failure_;
    posix::Spawned spawned_;
};

}   // namespace talos::aio

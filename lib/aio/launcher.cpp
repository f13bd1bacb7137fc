#include "aio/launcher.hpp"

#include <fcntl.h>

namespace talos::aio {

Launcher::Process Launcher::operator()(const Executor& executor, boost::system::error_code& error,
                                       const posix::SpawnRequest& request) {
    failure_.reset();
    error.clear();
    auto spawned = spawner_->start(request);
    if (!spawned) {
        failure_ = spawned.error();
        error.assign(failure_->error, boost::system::system_category());
        return Process(executor);
    }
    spawned_ = std::move(*spawned);
    const int duplicate = ::fcntl(spawned_.pidfd.get(), F_DUPFD_CLOEXEC, 3);
    // No free descriptor for the library's handle. All work is done with our own pidfd.
    if (duplicate < 0) return Process(executor);
    return Process(executor, spawned_.pid, duplicate);
}

}   // namespace talos::aio

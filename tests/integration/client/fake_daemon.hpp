#pragma once
#include "client/daemon_manager.hpp"
#include "processes.hpp"
#include "support/paths.hpp"
#include "support/result_text.hpp"
#include "support/temporary_directory.hpp"
#include <string>
#include <vector>

namespace talos::test {

/// What DaemonManager::start needs for tests/programs/fake_talosd.c in the given modes.
inline client::DaemonManager::StartOptions fake(const std::vector<std::string>& modes = {}) {
    client::DaemonManager::StartOptions options;
    options.talosd = program("fake_talosd");
    for (const auto& mode : modes) options.extra_arguments.insert(options.extra_arguments.end(), {"--fake", mode});
    return options;
}

/// Starts one; the PID of it.
inline pid_t start_fake(const client::DaemonManager& manager, const std::vector<std::string>& modes = {}) {
    const auto started = manager.start(fake(modes));
    REQUIRE(started);
    CHECK_FALSE(started->already);
    return started->pid;
}

/// A pidfd of a process that the test started.
inline posix::UniqueFd pidfd_of(const state::StatusDocument& document) {
    auto pidfd = posix::open_process(document.head.identity);
    REQUIRE(pidfd);
    return std::move(*pidfd);
}

/// Ends talosd as the OOM killer would; our child, so it is reaped too.
inline void crash(const client::DaemonManager& manager) {
    const auto document = manager.status();
    REQUIRE(document);
    const auto pidfd = pidfd_of(*document);
    REQUIRE(posix::send_signal(pidfd, SIGKILL));
    REQUIRE(eventually([&] { return posix::has_ended(pidfd); }));
    (void)posix::reap(pidfd);
}

inline client::DaemonManager::StopOptions within(Millis timeout) {
    client::DaemonManager::StopOptions options;
    options.timeout = timeout;
    return options;
}

inline client::DaemonManager::StopOptions forced() {
    client::DaemonManager::StopOptions options;
    options.force = client::DaemonManager::Force::yes;
    return options;
}

}   // namespace talos::test

#pragma once
#include "core/time.hpp"
#include "posix/processes/identity.hpp"
#include "posix/processes/pidfd.hpp"
#include "posix/spawn/spawn.hpp"
#include "state/status_document.hpp"
#include "support/eventually.hpp"
#include <array>
#include <chrono>
#include <csignal>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace talos::test {

/// A child in a session of its own; killed and reaped with the object.
class Child {
public:
    explicit Child(std::vector<std::string> argv, std::vector<std::string> extra_env = {}) {
        auto spawner = posix::Spawner::create();
        if (!spawner) throw std::runtime_error(spawner.error().message());
        posix::SpawnRequest request;
        request.argv = std::move(argv);
        request.env = {"PATH=/usr/bin:/bin"};
        request.env.insert(request.env.end(), extra_env.begin(), extra_env.end());
        auto spawned = spawner->spawn(request);
        if (!spawned) throw std::runtime_error(posix::to_text(spawned.error()));
        process_ = std::move(*spawned);
    }
    Child(Child&&) noexcept = default;
    Child& operator=(Child&&) = delete;
    ~Child() {
        if (!process_.pidfd) return;
        (void)posix::send_signal(process_.pidfd, SIGKILL);
        wait();
    }

    [[nodiscard]] pid_t pid() const { return process_.pid; }
    [[nodiscard]] const posix::UniqueFd& pidfd() const { return process_.pidfd; }
    [[nodiscard]] bool alive() const { return !posix::has_ended(process_.pidfd); }
    [[nodiscard]] posix::ProcessIdentity identity() const {
        return {process_.pid, posix::read_stat(process_.pid)->start_ticks, posix::boot_id(), posix::pid_namespace()};
    }
    /// Waits for the end and reaps.
    std::optional<ExitStatus> wait() {
        const std::array<const posix::UniqueFd*, 1> one{&process_.pidfd};
        if (!posix::wait_ended(one, std::chrono::steady_clock::now() + std::chrono::seconds(20))) return std::nullopt;
        const auto status = posix::reap(process_.pidfd);
        return status ? *status : std::nullopt;
    }

private:
    posix::Spawned process_;
};

inline Child sleeper(std::vector<std::string> env = {}) { return Child({"sleep", "100"}, std::move(env)); }
inline Child shell(const std::string& script, std::vector<std::string> env = {}) {
    return Child({"sh", "-c", script}, std::move(env));
}

inline std::vector<std::string> marks(const std::string& run, const std::string& worker) {
    return {"TALOS_RUN=" + run, "TALOS_WORKER=" + worker};
}

/// A run's name that no other test has.
inline std::string a_run() {
    static int count = 0;
    return "test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

/// The document of a talosd that is gone; it names a process that cannot be.
inline state::StatusDocument a_document(const std::string& run) {
    state::StatusDocument document;
    document.head.version = "0.1.0";
    document.head.identity = {4'194'304, 1, posix::boot_id(), posix::pid_namespace()};
    document.head.state = state::DaemonState::running;
    document.head.run = run;
    document.head.stop_timeout = Millis{20'000};
    return document;
}

inline state::WorkerStatus a_worker(const std::string& name, const posix::ProcessIdentity& main, Millis wait = Millis{20'000}) {
    state::WorkerStatus worker;
    worker.name = name;
    worker.state = worker::State::running;
    worker.goal = worker::Goal::up;
    worker.pid = main.pid;
    worker.start_ticks = main.start_ticks;
    worker.stop = {{SIGTERM, wait}};
    return worker;
}

}   // namespace talos::test

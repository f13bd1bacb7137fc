#include "client/daemon_manager.hpp"
#include "posix/processes/ending.hpp"
#include "state/leftovers.hpp"
#include "state/own_directory.hpp"
#include "state/pid_file.hpp"
#include "state/runtime_directory.hpp"
#include <chrono>
#include <poll.h>
#include <unistd.h>

namespace talos::client {
namespace {

bool means_no_permission(const Failure& failure) { return failure.errno_value() == EACCES || failure.errno_value() == EPERM; }

Probe unknown(const Failure& failure) {
    return {Probe::State::unknown, std::nullopt, failure.message(), means_no_permission(failure)};
}

Probe not_yet_known(std::string reason) { return {Probe::State::starting, std::nullopt, std::move(reason), false}; }

/// talosd still holds the lock but does no work any more. Treating it as running would report a success that never happens.
Probe still_ending(pid_t pid) {
    auto probe = not_yet_known("talosd (pid " + std::to_string(pid) + ") was killed or is exiting, but has not exited yet");
    probe.ending = true;
    return probe;
}

constexpr auto status_name = "status.json";
constexpr auto pid_name = "daemon.pid";

Result<state::StatusDocument> status_in(const state::OwnDirectory& directory, const state::DataDirectory& files) {
    const auto text = directory.read(status_name, state::status_limit);
    if (!text) return text.error();
    auto document = state::parse_status(*text);
    if (!document) return Failure{document.error().code, files.status_file() + ": " + document.error().what};
    return document;
}

Probe not_believed(std::string reason, std::optional<uid_t> other_owner) {
    return {Probe::State::unknown, std::nullopt, std::move(reason), true, other_owner};
}

/// The lock is held. It does not identify its holder, so status.json must name the process. The file is trusted because it
/// belongs to this user.
Probe probe_holder(const state::DataDirectory& files, const state::OwnDirectory& directory, std::optional<pid_t> pid) {
    const auto starting = [&](const std::string& why) {
        return not_yet_known("the process that holds " + files.pid_file() + " cannot be identified: " + why);
    };
    if (!pid) return starting(files.pid_file() + " is locked but contains no PID");
    if (posix::is_ending(*pid)) return still_ending(*pid);
    auto document = status_in(directory, files);
    if (!document) {
        if (means_no_permission(document.error())) return unknown(document.error());
        return starting(document.error().message());
    }
    const auto& identity = document->head.identity;
    if (identity.pid != *pid) {
        return starting(files.status_file() + " names process " + std::to_string(identity.pid) + ", " + files.pid_file() + " " +
                        std::to_string(*pid));
    }
    if (identity.boot_id != posix::boot_id()) return starting(files.status_file() + " was written before this boot");
    if (identity.pid_namespace != posix::pid_namespace()) {
        return {Probe::State::unknown, std::nullopt,
                files.pid_file() + " is held by process " + std::to_string(*pid) + " of another PID namespace (" +
                    std::to_string(identity.pid_namespace) + ", this one is " + std::to_string(posix::pid_namespace()) +
                    "); run talosctl inside that container",
                false};
    }
    const auto process = posix::open_process(identity);
    if (process) return {Probe::State::running, std::move(*document), {}, false};
    if (process.error().errno_value() == ESRCH) {
        return starting(files.status_file() + " names process " + std::to_string(identity.pid) + ", which has exited");
    }
    return unknown(process.error());
}

/// No process holds the lock, but the process that status.json names is alive. Only the lock proves that it is talosd. A killed
/// talosd also causes this for a moment, while the kernel releases its resources.
std::optional<Probe> probe_without_lock(const state::DataDirectory& files, const state::OwnDirectory& directory) {
    const auto document = status_in(directory, files);
    if (!document || !posix::open_process(document->head.identity)) return std::nullopt;
    const std::string pid = std::to_string(document->head.identity.pid);
    return not_yet_known(files.status_file() + " names process " + pid + ", which is alive but does not hold " +
                         files.pid_file() + ": that file was removed or replaced. `kill " + pid + "` ends it if it is talosd");
}

}   // namespace

Result<> may_act_on(const state::DataDirectory& files) {
    const auto directory = state::OwnDirectory::open(files.path());
    if (!directory) return directory.error().errno_value() == ENOENT ? Result<>{} : directory.error();
    auto objection = directory->objection();
    for (const auto* name : {pid_name, status_name, "events.jsonl"})
        if (!objection) objection = directory->objection_to(name);
    if (objection) return refused(*objection);
    return {};
}

Probe DaemonManager::probe() const {
    const auto directory = state::OwnDirectory::open(files_.path());
    const auto file = state::read_pid_file(pid_file());
    if (directory) {
        if (auto objection = directory->objection()) {
            if (file && !file->exists) return {};
            return not_believed(std::move(*objection), directory->other_owner());
        }
        for (const auto* name : {pid_name, status_name})
            if (auto objection = directory->objection_to(name)) return not_believed(std::move(*objection), std::nullopt);
    }
    if (!file) return unknown(file.error());
    if (!directory) return {};   // there is neither a directory nor a PID file
    if (file->locked) return probe_holder(files_, *directory, file->pid);
    if (auto living = probe_without_lock(files_, *directory)) return *living;
    if (!file->exists) return {};

    Probe probe;
    probe.state = Probe::State::dead;
    if (!file->pid) probe.reason = pid_file() + " is not a PID file";
    if (auto document = status_in(*directory, files_)) {
        probe.document = std::move(*document);
    } else if (means_no_permission(document.error())) {
        return unknown(document.error());   // the file was planted or cannot be read, so its content is not used
    } else if (probe.reason.empty() && document.error().errno_value() != ENOENT) {
        probe.reason = document.error().message();
    }
    return probe;
}

Probe DaemonManager::probe_settled(Millis patience, const std::function<void(const std::string&)>& progress) const {
    constexpr int retry_ms = 10;
    constexpr Millis notice_after{1'000};
    constexpr Millis kernel_grace{10'000};
    const auto started_at = std::chrono::steady_clock::now();
    for (bool warned = false;;) {
        auto found = probe();
        if (found.state != Probe::State::starting) return found;
        const auto elapsed = std::chrono::steady_clock::now() - started_at;
        if (elapsed >= patience + (found.ending ? kernel_grace : Millis{0})) {
            found.state = Probe::State::unknown;
            return found;
        }
        if (progress && found.ending && !warned && elapsed >= notice_after) {
            progress(found.reason + "; waiting for its exit");
            warned = true;
        }
        ::poll(nullptr, 0, retry_ms);
    }
}

std::optional<std::string> DaemonManager::objection() const {
    const auto directory = state::OwnDirectory::open(files_.path());
    return directory ? directory->objection() : std::nullopt;
}

std::optional<uid_t> DaemonManager::owner() const {
    const auto directory = state::OwnDirectory::open(files_.path());
    if (!directory) return std::nullopt;
    return directory->other_owner().value_or(::geteuid());
}

bool DaemonManager::is_running() const {
    const auto file = state::read_pid_file(pid_file());
    return file && file->locked;
}

std::optional<state::StatusDocument> DaemonManager::status() const {
    auto found = probe();
    if (found.state != Probe::State::running) return std::nullopt;
    return std::move(found.document);
}

Result<std::optional<pid_t>> DaemonManager::read_pid() const {
    const auto file = state::read_pid_file(pid_file());
    if (!file) return file.error();
    return file->pid;
}

Result<> DaemonManager::write_pid(pid_t pid) const {
    if (!state::parse_pid(std::to_string(pid))) return failure_of(EINVAL, "write " + std::to_string(pid) + " into " + pid_file());
    std::string warning;
    if (const auto prepared = files_.prepare(warning); !prepared) return prepared;
    auto lock = state::PidFile::acquire(pid_file());
    if (!lock) return lock.error();
    return lock->write(pid);
}

Result<> DaemonManager::write_status(const state::StatusDocument& document) const {
    auto writer = state::StatusWriter::create(status_file(), document.head);
    if (!writer) return writer.error();
    for (const auto& worker : document.workers) {
        if (const auto added = writer->add(worker); !added) return added;
    }
    return writer->commit();
}

Result<> DaemonManager::cleanup() const {
    if (const auto own = may_act_on(files_); !own) return own;
    auto lock = state::PidFile::acquire(pid_file());
    if (!lock) {
        const int error = lock.error().errno_value();
        if (error == ENOENT) return {};   // there is no data directory
        if (error == EWOULDBLOCK)
            return failure_of(EBUSY, "clean up " + files_.path() + ": a running talosd holds " + pid_file());
        return lock.error();
    }
    const auto document = state::read_left_status(files_);
    if (!document) return document.error();
    if (*document) {
        const auto survivors = find_survivors(**document);
        if (!survivors.empty()) {
            const auto& first = survivors.front();
            return failure_of(EBUSY, "clean up " + files_.path() + ": " +
                                         (first.worker.empty() ? "a process of this run" : "worker " + first.worker) + " (PID " +
                                         std::to_string(first.processes.front().pid) +
                                         ") is still alive; `talosctl stop` ends it");
        }
    }
    state::RuntimeDirectory::remove_leftovers(files_);
    return state::remove_files(files_, *lock);
}

}   // namespace talos::client

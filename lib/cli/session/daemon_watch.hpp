#pragma once
#include "cli/session/watch.hpp"
#include "client/daemon_manager.hpp"
#include "posix/processes/identity.hpp"
#include <memory>
#include <optional>

namespace talos::cli {

/// Wakes when a daemon's state may have changed: its status.json or daemon.pid was replaced or removed, or its process ended
/// without cleanup (SIGKILL leaves the files unchanged).
class DaemonWatch {
public:
    [[nodiscard]] static Result<DaemonWatch> create(const state::DataDirectory& files);

    /// Checks the daemon once. Changes after the check are not missed.
    [[nodiscard]] Result<client::Probe> probe(const client::DaemonManager& manager);

    enum class What { changed, time, other, reader_gone };
    /// Waits until the state may have changed, `other` (-1: none) is readable, the reader of `output` has closed it, or the
    /// deadline has passed.
    [[nodiscard]] What wait(std::optional<SteadyTime> deadline, int other = -1, int output = -1);

private:
    DaemonWatch(Inotify inotify, const state::DataDirectory& files);
    void follow(const client::Probe& probe);
    [[nodiscard]] bool relevant(const Change& change) const;

    std::unique_ptr<Inotify> inotify_;   // DirectoryWatch refers to it
    DirectoryWatch directory_;
    posix::ProcessIdentity followed_;
    posix::UniqueFd process_;
};

}   // namespace talos::cli

#pragma once
#include "posix/rights/unique_fd.hpp"
#include "system/talos/daemon.hpp"
#include <string>
#include <vector>

namespace talos::test {

/// A Python worker with the helpers `notify(text)`, `barrier()`, `wait_for(path)` and `rest()`, for `script`.
[[nodiscard]] std::vector<std::string> python(const Daemon& daemon, const std::string& script);

/// A sender of notifications that no worker has started.
class Stranger {
public:
    /// `name` as in NOTIFY_SOCKET.
    explicit Stranger(const std::string& name);
    /// False when there is no room for it now.
    bool send(const std::string& text) const;

private:
    posix::UniqueFd socket_;
};

/// The value that the worker's main process has of NOTIFY_SOCKET.
[[nodiscard]] std::string notify_socket_of(const WorkerView& worker);

/// Of the worker's last transition to that state.
struct Told {
    std::string cause;
    std::string reason;
};
[[nodiscard]] Told last_told(const Daemon& daemon, const std::string& worker, const std::string& to);

}   // namespace talos::test

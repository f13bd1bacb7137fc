#pragma once
#include "core/result.hpp"
#include <string>

namespace talos::daemon {

/// The files of one daemon; see the contract's list.
class DataDirectory {
public:
    explicit DataDirectory(std::string path = ".talos") : path_(std::move(path)) {}

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string pid_file() const { return path_ + "/daemon.pid"; }
    [[nodiscard]] std::string status_file() const { return path_ + "/status.json"; }
    [[nodiscard]] std::string log_file() const { return path_ + "/daemon.log"; }
    [[nodiscard]] std::string event_file() const { return path_ + "/events.jsonl"; }
    [[nodiscard]] std::string socket_file() const { return path_ + "/control.sock"; }
    [[nodiscard]] std::string log_of(const std::string& worker) const { return path_ + "/logs/" + worker + ".log"; }

    /// Makes the directory (0700, missing parents too). An existing one is used as it is: `warning` is filled when others may
    /// look into it. Fails with ENOTDIR when it is no directory, EPERM when it is owned by someone else (root too uses only its
    /// own: the owner could exchange any file under root's hands), EACCES or EROFS when nothing can be written into it.
    [[nodiscard]] Result<> prepare(std::string& warning) const;

private:
    std::string path_;
};

}  // namespace talos::daemon

// state: The data directory: PID file, status.json, journal, overrides, each with its writer and its parser.
// Files here are read as if an attacker had written them.
// Begin with data_directory.hpp.
#pragma once
#include "core/result.hpp"
#include "posix/files/own_directory.hpp"
#include <memory>
#include <string>

namespace talos::state {

/// The files of one daemon; see the contract's list.
class DataDirectory {
public:
    explicit DataDirectory(std::string path = ".talos")
        : path_(std::move(path)), own_(std::make_shared<posix::OwnDirectory>(path_)) {}

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string pid_file() const { return path_ + "/daemon.pid"; }
    [[nodiscard]] std::string status_file() const { return path_ + "/status.json"; }
    [[nodiscard]] std::string log_file() const { return path_ + "/daemon.log"; }
    [[nodiscard]] std::string event_file() const { return path_ + "/events.jsonl"; }
    [[nodiscard]] std::string override_file() const { return path_ + "/overrides.json"; }
    [[nodiscard]] std::string socket_file() const { return path_ + "/control.sock"; }
    [[nodiscard]] std::string log_of(const std::string& worker) const { return path_ + "/logs/" + worker + ".log"; }

    /// Makes the directory (0700, missing parents too) and opens it for talosd. An existing one is used as it is: `warning` is filled
    /// when others may read in it. Fails with ENOTDIR when it is no directory, EPERM when another user owns it or can write it (root
    /// too uses only its own: another user could exchange any file under root's hands), EACCES or EROFS when nothing can be written
    /// into it.
    [[nodiscard]] Result<> prepare(std::string& warning) const;

    /// For talosd itself: a file in it, reached through the open directory.
    [[nodiscard]] posix::Location own(const std::string& file) const { return {file, own_}; }
    /// A file that a config names, relative to this directory: in it or elsewhere.
    [[nodiscard]] posix::Location located(const std::string& file) const;
    /// What talosd has opened, and the warnings about its files.
    [[nodiscard]] posix::OwnDirectory& opened() const { return *own_; }

private:
    std::string path_;
    std::shared_ptr<posix::OwnDirectory> own_;   // copies share it
};

}   // namespace talos::state

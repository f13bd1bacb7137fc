// state: The data directory: PID file, status.json, journal, overrides, each with its writer and its parser.
// This room reads all files as hostile input.
// Begin with data_directory.hpp.
#pragma once
#include "core/result.hpp"
#include "posix/files/own_directory.hpp"
#include <memory>
#include <string>

namespace talos::state {

/// The files of one talosd.
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

    /// Creates the directory (mode 0700, and missing parents) and opens it for talosd. An existing one is used unchanged;
    /// `warning` is set if other users can read it. Fails with ENOTDIR if it is not a directory, with EPERM if another user owns
    /// it or can write to it, and with EACCES or EROFS if nothing can be written to it. Root, too, uses only its own directory:
    /// another user could replace any file while root uses it.
    [[nodiscard]] Result<> prepare(std::string& warning) const;

    /// The location of a file in it, accessed through the open directory. For talosd itself.
    [[nodiscard]] posix::Location own(const std::string& file) const { return {file, own_}; }
    /// The location of a file in a config: relative to this directory or absolute.
    [[nodiscard]] posix::Location located(const std::string& file) const;
    /// The directory that talosd has opened, with the warnings about its files.
    [[nodiscard]] posix::OwnDirectory& opened() const { return *own_; }

private:
    std::string path_;
    std::shared_ptr<posix::OwnDirectory> own_;   // shared by copies
};

}   // namespace talos::state

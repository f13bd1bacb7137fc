#pragma once
#include "aio/types.hpp"
#include "core/result.hpp"
#include <optional>
#include <string>
#include <sys/types.h>

namespace talos::http {

/// A listening Unix socket. Its path may be longer than a socket address.
class ListeningSocket {
public:
    /// Takes the path if it is free or holds a socket of the same user on which no process listens. A file that another process
    /// creates there meanwhile is neither followed nor removed. The access is never wider than `mode`. Fails with the path, the
    /// obstacle and what to do, or with the system's error. The umask is changed during the call.
    [[nodiscard]] static Result<ListeningSocket> open(const aio::Executor& executor, const std::string& path, unsigned mode);

    [[nodiscard]] aio::Descriptor& descriptor() { return descriptor_; }
    /// Accepts the next waiting peer, non-blocking; -1 and errno if there is none.
    [[nodiscard]] int accept();
    /// Refuses new peers; waiting ones can still be accepted.
    void refuse_peers();
    /// Whether the path still refers to this socket.
    [[nodiscard]] bool has_its_name() const;
    /// Closes the socket, and removes the file if it still belongs to this socket.
    void remove();

private:
    ListeningSocket(aio::Descriptor descriptor, std::string path, dev_t device, ino_t inode)
        : descriptor_(std::move(descriptor)), path_(std::move(path)), device_(device), inode_(inode) {}

    aio::Descriptor descriptor_;
    std::string path_;
    dev_t device_;
    ino_t inode_;
};

/// Watches a file (inotify).
class FileWatch {
public:
    /// Without effect if the kernel refuses a watch.
    [[nodiscard]] static std::optional<FileWatch> open(const aio::Executor& executor, const std::string& path);

    /// Readable when the file was removed, renamed or replaced.
    [[nodiscard]] aio::Descriptor& descriptor() { return descriptor_; }
    /// Clears pending notifications.
    void drain();
    /// Ends the watch. The kernel cleans up in the background, for some milliseconds; closing a watch that was not ended before
    /// waits for that.
    void end();

private:
    FileWatch(aio::Descriptor descriptor, int watch) : descriptor_(std::move(descriptor)), watch_(watch) {}

    aio::Descriptor descriptor_;
    int watch_;
};

}   // namespace talos::http

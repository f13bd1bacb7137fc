#pragma once
#include "aio/types.hpp"
#include "core/result.hpp"
#include <optional>
#include <string>
#include <sys/types.h>

namespace talos::http {

/// A Unix socket that listens under a name, which may be longer than a socket address can hold.
class ListeningSocket {
public:
    /// Takes the name if there is nothing, or a socket of our own user on which no process listens; a file that another process puts there
    /// meanwhile is neither followed nor removed. Never open to more than `mode` allows. Fails with the path, what stands there and what to
    /// do about it, or with the system's words. The umask is changed during the call.
    [[nodiscard]] static Result<ListeningSocket> open(const aio::Executor& executor, const std::string& path, unsigned mode);

    [[nodiscard]] aio::Descriptor& descriptor() { return descriptor_; }
    /// The next peer that waits, non-blocking; -1 and errno when there is none.
    [[nodiscard]] int accept();
    /// New peers are refused; those that wait already can still be accepted.
    void refuse_peers();
    /// Whether the name still means this socket.
    [[nodiscard]] bool has_its_name() const;
    /// Closes the socket, and removes the file if it is still this socket's.
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
    /// Nothing when the kernel refuses a watch.
    [[nodiscard]] static std::optional<FileWatch> open(const aio::Executor& executor, const std::string& path);

    /// Readable when something happened to the file: its removal, a rename, a replacement.
    [[nodiscard]] aio::Descriptor& descriptor() { return descriptor_; }
    /// Forgets what has been told so far.
    void drain();
    /// Watches no more. The kernel clears up behind our back, for milliseconds; whoever closes a watch that was not ended before waits for it.
    void end();

private:
    FileWatch(aio::Descriptor descriptor, int watch) : descriptor_(std::move(descriptor)), watch_(watch) {}

    aio::Descriptor descriptor_;
    int watch_;
};

}   // namespace talos::http

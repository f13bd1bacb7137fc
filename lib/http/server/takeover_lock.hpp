#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <string>

namespace talos::http {

/// Serializes the replacement of a stale socket file. Replacement takes several steps (find, exchange, check, remove); three
/// processes at the same time could remove each other's sockets. The lock is on `PATH.lock`, a file of mode 0600 beside the
/// socket. It exists only while the lock is held, so other users can neither take nor hold it.
class TakeoverLock {
public:
    /// Waits at most 1 s, then fails with EBUSY. Refuses a `PATH.lock` that is not a regular file of this user with one link.
    [[nodiscard]] static Result<TakeoverLock> take(const std::string& path);
    TakeoverLock(TakeoverLock&& other) noexcept = default;
    TakeoverLock(const TakeoverLock&) = delete;
    TakeoverLock& operator=(const TakeoverLock&) = delete;
    TakeoverLock& operator=(TakeoverLock&&) = delete;
    ~TakeoverLock();

private:
    TakeoverLock(posix::UniqueFd file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

    posix::UniqueFd file_;
    std::string name_;
};

}   // namespace talos::http

#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

/// Looking up host names without waiting for it. getaddrinfo(3) takes as long as the servers of the machine's configuration let it, and the
/// modules behind it may do anything. A thread could not be ended, and a process that forks should have no other one. Therefore a child asks,
/// and is killed when nobody wants to know any more.
namespace talos::posix {

class NameLookup {
public:
    [[nodiscard]] static Result<NameLookup> start(const std::string& host);
    NameLookup(NameLookup&&) noexcept = default;
    NameLookup& operator=(NameLookup&&) noexcept = default;
    ~NameLookup() = default;   // the child is the caller's

    [[nodiscard]] pid_t child() const { return child_; }
    /// Readable when take() has something to do. Does not block.
    [[nodiscard]] int descriptor() const { return pipe_.get(); }
    /// False once the child has ended: no more comes, and answer() tells.
    [[nodiscard]] bool take();
    /// Numeric addresses in the order in which they are to be tried, at least one and 16 at most. Fails with the resolver's words.
    [[nodiscard]] Result<std::vector<std::string>> answer() const;
    /// SIGKILL; nothing once it was reaped.
    void kill() const;

private:
    NameLookup(pid_t child, UniqueFd pidfd, UniqueFd pipe) : child_(child), pidfd_(std::move(pidfd)), pipe_(std::move(pipe)) {}

    pid_t child_;
    UniqueFd pidfd_;
    UniqueFd pipe_;
    std::string text_;
};

}   // namespace talos::posix

#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <string>
#include <sys/types.h>
#include <vector>

/// Resolves host names without blocking. getaddrinfo(3) takes as long as the configured name servers do, and its modules may do
/// anything. A thread could not be stopped, and a process that forks should be single-threaded. Therefore a child resolves the
/// name, and the caller kills it if the result is no longer needed.
namespace talos::posix {

class NameLookup {
public:
    [[nodiscard]] static Result<NameLookup> start(const std::string& host);
    NameLookup(NameLookup&&) noexcept = default;
    NameLookup& operator=(NameLookup&&) noexcept = default;
    ~NameLookup() = default;   // the caller reaps the child

    [[nodiscard]] pid_t child() const { return child_; }
    /// Readable when take() has data to process. Non-blocking.
    [[nodiscard]] int descriptor() const { return pipe_.get(); }
    /// Returns false once the child has ended; answer() then returns the result.
    [[nodiscard]] bool take();
    /// Between 1 and 16 numeric addresses, in the order in which to try them. Fails with the message of the resolver.
    [[nodiscard]] Result<std::vector<std::string>> answer() const;
    /// Sends SIGKILL to the child. Does nothing after it was reaped.
    void kill() const;

private:
    NameLookup(pid_t child, UniqueFd pidfd, UniqueFd pipe) : child_(child), pidfd_(std::move(pidfd)), pipe_(std::move(pipe)) {}

    pid_t child_;
    UniqueFd pidfd_;
    UniqueFd pipe_;
    std::string text_;
};

}   // namespace talos::posix

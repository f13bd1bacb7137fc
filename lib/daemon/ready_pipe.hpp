#pragma once
#include "posix/rights/unique_fd.hpp"
#include <string_view>
#include <sys/types.h>

namespace talos::daemon {

/// The way back to whoever started talosd detached: JSON lines, `{"progress": "…"}`, then `{"ready": true, "pid": N}` or
/// `{"error": "…"}` (with `"already": true, "pid": N` when another daemon has the lock). Does nothing without a descriptor.
class ReadyPipe {
public:
    explicit ReadyPipe(int fd = -1) : fd_(fd) {}
    void progress(std::string_view text);
    void ready(pid_t pid);
    void error(std::string_view text);
    void already(std::string_view text, pid_t pid);
    explicit operator bool() const { return static_cast<bool>(fd_); }

private:
    void line(std::string_view json, bool last);
    posix::UniqueFd fd_;
};

}   // namespace talos::daemon

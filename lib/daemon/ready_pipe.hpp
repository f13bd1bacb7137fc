#pragma once
#include "posix/rights/unique_fd.hpp"
#include <string_view>
#include <sys/types.h>

namespace talos::daemon {

/// Reports to the process that started talosd detached, in JSON lines: `{"progress": "…"}`, then `{"ready": true, "pid": N}` or
/// `{"error": "…"}` (with `"already": true, "pid": N` if another talosd holds the lock). Does nothing without a descriptor.
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

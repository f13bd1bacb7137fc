#pragma once
#include <string>
#include <sys/types.h>

namespace talos::state {

/// Who gave a command: what the kernel said when it connected (SO_PEERCRED), and the name that its PID had then.
struct Requester {
    uid_t uid = 0;
    gid_t gid = 0;
    pid_t pid = 0;         ///< 0: of another PID namespace
    std::string program;   ///< /proc/PID/comm, in one line; empty when it is not known
    friend bool operator==(const Requester&, const Requester&) = default;
};

}   // namespace talos::state

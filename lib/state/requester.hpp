#pragma once
#include <string>
#include <sys/types.h>

namespace talos::state {

/// The sender of a command: its credentials from the kernel when it connected (SO_PEERCRED), and the program name of its PID at
/// that time.
struct Requester {
    uid_t uid = 0;
    gid_t gid = 0;
    pid_t pid = 0;         ///< 0 if it is in another PID namespace
    std::string program;   ///< /proc/PID/comm in one line; empty if unknown
    friend bool operator==(const Requester&, const Requester&) = default;
};

}   // namespace talos::state

#pragma once
#include <cstdint>
#include <sys/types.h>

/// The process that reads the pipes of one user's workers, so that talosd does not: a process that writes to a pipe can keep the kernel's
/// lock of that pipe for as long as its memory does not answer, and every read, ioctl and final close of the pipe waits for it.
namespace talos::logs {

/// What talosd sends, one message each on a socket that keeps their bounds (SOCK_SEQPACKET).
struct RelayRequest {
    enum class Kind : std::uint32_t {
        take,   ///< comes with three descriptors: the reading end to read, the writing end that takes it, the pipe's own writing end
        started,   ///< talosd has closed the pipe's writing end: the process closes its copy, too
        flush,     ///< the answer is `number`, once all that stands in the pipe now has been passed on
    };
    Kind kind = Kind::take;
    std::uint32_t stream = 0;
    std::uint32_t number = 0;
};

/// Both reading and writing end must be non-blocking.
inline constexpr int relay_descriptors = 3;

/// What the process does after its fork, with all signals blocked, until the other end of `control` is closed. It keeps no other descriptor
/// of `parent`, gives up its capabilities and shows `uid` on its command line. It uses no memory of the heap.
[[noreturn]] void run_relay(int control, pid_t parent, uid_t uid);

/// The descriptor that the process has its socket at.
inline constexpr int relay_control = 0;
/// Its work: serves that socket and the streams that come by it.
[[noreturn]] void pass_on_streams();

}   // namespace talos::logs

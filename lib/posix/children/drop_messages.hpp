#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <sys/types.h>
#include <vector>

/// Messages whose descriptors this process must not close itself.
///
/// If a message is received without a buffer for its descriptors, or is queued when its socket is closed, the kernel closes these
/// descriptors. It does so in the receiving process, and the sender controls how long that takes: closing a TCP socket with
/// SO_LINGER waits for its peer. Therefore a child closes them, within 2 s. The child has no descriptors but the sockets, and
/// SIGKILL ends it at once. The caller reaps it. Both functions fail with EAGAIN or ENOMEM.
namespace talos::posix {

enum class Drop { first, all };

/// Starts a child that receives and drops the first message of a datagram socket, or all queued messages, and exits.
[[nodiscard]] Result<pid_t> drop_messages(int socket, Drop which);

/// Starts a child that receives and drops all data queued on the stream sockets, and exits. The caller must have called
/// shutdown(2), so that no more data is queued. After the call, the caller can close the sockets: the child has them, or nothing
/// is queued.
[[nodiscard]] Result<pid_t> drop_streams(const std::vector<UniqueFd>& sockets);

}   // namespace talos::posix

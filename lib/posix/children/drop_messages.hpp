#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <sys/types.h>
#include <vector>

/// Messages whose descriptors must not be closed by this process.
///
/// The kernel closes the descriptors of a message that is received without room for them, and those of queued messages when their socket is
/// closed. It does so in the receiving process, and that can take as long as the sender wants: a TCP socket with SO_LINGER waits for its
/// peer. A child takes that time in our place, 2 s at most. It has no other descriptors than the sockets, and SIGKILL ends it at once. The
/// caller reaps it. Both functions fail with EAGAIN or ENOMEM.
namespace talos::posix {

enum class Drop { first, all };

/// Starts a child that receives and forgets the first message of the datagram socket, or all that are queued, and exits.
[[nodiscard]] Result<pid_t> drop_messages(int socket, Drop which);

/// Starts a child that receives and forgets all that is queued on the stream sockets, and exits. Nothing more may be queued by now
/// (shutdown(2)). Then the caller can close them: the child has them, or nothing is queued any more.
[[nodiscard]] Result<pid_t> drop_streams(const std::vector<UniqueFd>& sockets);

}   // namespace talos::posix

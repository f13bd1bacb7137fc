#pragma once
#include "core/result.hpp"
#include <sys/types.h>

/// Messages whose descriptors must not be closed by this process.
///
/// The kernel closes the descriptors of a message that is received without room for them, and those of queued messages when their socket is
/// closed. It does so in the receiving process, and that can take as long as the sender wants: a TCP socket with SO_LINGER waits for its
/// peer. A child takes that time in our place.
namespace talos::posix {

enum class Drop { first, all };

/// Starts a child that receives and forgets the first message of the datagram socket, or all that are queued, and exits. It has no other
/// descriptor than the socket, and SIGKILL ends it at once. The caller reaps it. Fails with EAGAIN or ENOMEM.
[[nodiscard]] Result<pid_t> drop_messages(int socket, Drop which);

}  // namespace talos::posix

#pragma once
#include <cstddef>
#include <sys/types.h>

/// Unix stream sockets whose peers have no reason to send descriptors.
///
/// If bytes with descriptors are received without a control buffer, or are unread when the socket is closed, the kernel closes
/// these descriptors. It does so in the receiving process, and the sender controls how long that takes: closing a TCP socket with
/// SO_LINGER waits for its peer. From Linux 6.16 on, SO_PASSRIGHTS refuses descriptors; these functions work on older kernels.
/// All sockets are non-blocking.
namespace talos::posix {

/// Delivers urgent bytes (MSG_OOB) as ordinary ones. Otherwise recv(2) discards them with their descriptors. Call it before the
/// first read from a socket.
void take_urgent_bytes_in_line(int socket);

/// recv(2) that leaves bytes with descriptors in the queue: it then returns -1 and sets errno to EBADMSG.
[[nodiscard]] ssize_t receive_plain(int socket, char* buffer, std::size_t size);

/// Shuts down the connection in both directions, so that no more bytes arrive, and reads the queued bytes. Returns true if
/// close(2) will close no descriptor but the socket: no queued bytes carry descriptors, and at most 1 MiB was queued.
[[nodiscard]] bool end_plain(int socket);

}   // namespace talos::posix

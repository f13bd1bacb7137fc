#pragma once
#include <cstddef>
#include <sys/types.h>

/// Unix stream sockets whose peers have no reason to send descriptors.
///
/// The kernel closes the descriptors of bytes that are received without room for them, and those of unread bytes when the socket is closed.
/// It does so in the receiving process, and that can take as long as the sender wants: a TCP socket with SO_LINGER waits for its peer.
/// SO_PASSRIGHTS refuses them from Linux 6.16 on; these functions need no such kernel. All sockets are non-blocking.
namespace talos::posix {

/// Urgent bytes (MSG_OOB) become ordinary ones. Elsewhere recv(2) frees them unseen, with their descriptors. To be called before the first
/// read of a socket.
void take_urgent_bytes_in_line(int socket);

/// recv(2) that leaves bytes queued when descriptors come with them: then -1 and EBADMSG.
[[nodiscard]] ssize_t receive_plain(int socket, char* buffer, std::size_t size);

/// Ends the connection in both directions, so that no more bytes are queued, and reads those that are. True when close(2) closes nothing
/// but the socket: descriptors come with none of them, and they are at most 1 MiB.
[[nodiscard]] bool end_plain(int socket);

}   // namespace talos::posix

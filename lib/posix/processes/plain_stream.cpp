#include "posix/processes/plain_stream.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>

namespace talos::posix {

void take_urgent_bytes_in_line(int socket) {
    constexpr int on = 1;
    (void)::setsockopt(socket, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
}

/// Peeking at a message leaves its descriptors in the queue. Without a buffer for control data, MSG_CTRUNC reports that there are
/// some. The kernel ends a peek at the first bytes with descriptors, so all bytes before them have none.
ssize_t receive_plain(int socket, char* buffer, std::size_t size) {
    iovec part{buffer, size};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    const ssize_t seen = ::recvmsg(socket, &header, MSG_PEEK | MSG_DONTWAIT);
    if (seen <= 0) return seen;
    if ((header.msg_flags & MSG_CTRUNC) != 0) {
        errno = EBADMSG;
        return -1;
    }
    return ::recv(socket, buffer, static_cast<std::size_t>(seen), MSG_DONTWAIT);
}

bool end_plain(int socket) {
    constexpr std::size_t most = std::size_t{1} << 20;
    static std::array<char, 16 * 1024> block;
    (void)::shutdown(socket, SHUT_RDWR);
    for (std::size_t read = 0; read < most;) {
        const ssize_t got = receive_plain(socket, block.data(), block.size());
        if (got == 0) return true;
        if (got > 0) read += static_cast<std::size_t>(got);
        else if (errno != EINTR) return errno != EBADMSG;
    }
    return false;
}

}   // namespace talos::posix

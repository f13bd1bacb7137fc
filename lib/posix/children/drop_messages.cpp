#include "posix/children/drop_messages.hpp"

#include "posix/children/short_child.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>

namespace talos::posix {

namespace {

/// After this time the child exits, which closes the remaining messages. TCP does not linger when a process exits.
constexpr std::chrono::seconds longest{2};
constexpr const char* purpose = "drops messages";

void drop_datagrams(int socket, Drop which) {
    for (;;) {
        char byte = 0;
        const bool received = ::recv(socket, &byte, sizeof byte, MSG_DONTWAIT) >= 0;
        if (received ? which == Drop::first : errno != EINTR) return;
    }
}

void drop_bytes(int socket) {
    std::array<char, 4096> block;
    for (;;) {
        const ssize_t received = ::recv(socket, block.data(), block.size(), MSG_DONTWAIT);
        if (received == 0 || (received < 0 && errno != EINTR)) return;
    }
}

}   // namespace

Result<pid_t> drop_messages(int socket, Drop which) {
    return start_short_child(
        {socket}, longest, [&] { drop_datagrams(socket, which); }, purpose);
}

Result<pid_t> drop_streams(const std::vector<UniqueFd>& sockets) {
    std::vector<int> ascending;
    for (const auto& socket : sockets) ascending.push_back(socket.get());
    std::sort(ascending.begin(), ascending.end());
    return start_short_child(
        ascending, longest, [&] { std::for_each(ascending.begin(), ascending.end(), drop_bytes); }, purpose);
}

}   // namespace talos::posix

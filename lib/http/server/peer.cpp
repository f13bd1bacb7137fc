#include "http/server/peer.hpp"

#include "core/text.hpp"
#include <array>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace talos::http {

state::Requester peer_of(int socket) {
    ucred said{};
    socklen_t size = sizeof said;
    state::Requester peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &said, &size) != 0) {
        peer.uid = static_cast<uid_t>(-1);   // unknown: no rule and no owner has this number
        peer.gid = static_cast<gid_t>(-1);
        return peer;
    }
    peer.uid = said.uid;
    peer.gid = said.gid;
    peer.pid = said.pid;
    return peer;
}

std::string program_of(pid_t pid) {
    if (pid <= 0) return {};
    std::string path = "/proc/";
    path.append(std::to_string(pid)).append("/comm");
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return {};
    std::array<char, 64> text;
    const auto got = ::read(file, text.data(), text.size());
    ::close(file);
    if (got <= 0) return {};
    std::string name(text.data(), static_cast<std::size_t>(got));
    if (name.ends_with('\n')) name.pop_back();
    return in_one_line(name);   // the process chooses this text
}

}   // namespace talos::http

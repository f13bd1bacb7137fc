#include "control/unix_socket.hpp"
#include <array>
#include <cstring>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace talos::control {

namespace {

/// A descriptor for the length of a function.
struct Held {
    int fd = -1;
    explicit Held(int opened) : fd(opened) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() {
        if (fd >= 0) ::close(fd);
    }
    int release() { return std::exchange(fd, -1); }
};

/// bind(2); through the directory's descriptor where the path is too long for an address.
int bind_to(int socket, const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string name = path;
    Held directory(-1);
    if (name.size() >= sizeof address.sun_path) {
        const auto slash = path.rfind('/');
        const auto folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
        directory.fd = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (directory.fd < 0) return -1;
        name = "/proc/self/fd/";
        name.append(std::to_string(directory.fd)).append("/").append(path, slash + 1);
    }
    if (name.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
    return ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

/// Removes a socket that stands there; anything else is in the way.
Result<> make_room(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) {
        if (errno == ENOENT) return {};
        return last_error("stat " + path);
    }
    if (!S_ISSOCK(info.st_mode)) return refused(path + " is in the way: it is no socket");
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return last_error("unlink " + path);
    return {};
}

}  // namespace

Result<ListeningSocket> ListeningSocket::open(const aio::Executor& executor, const std::string& path, unsigned mode) {
    if (const auto room = make_room(path); !room) return room.error();
    Held socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.fd < 0) return last_error("socket for " + path);
    // Before bind(2), so that the file is never looser; and after it, because the umask takes away.
    if (::fchmod(socket.fd, mode) != 0) return last_error("chmod the socket for " + path);
    if (bind_to(socket.fd, path) != 0) return last_error("bind " + path);
    struct stat info {};
    if (::chmod(path.c_str(), mode) != 0 || ::lstat(path.c_str(), &info) != 0 || ::listen(socket.fd, SOMAXCONN) != 0) {
        auto failure = last_error("listen on " + path);
        ::unlink(path.c_str());
        return failure;
    }
    return ListeningSocket(aio::Descriptor(executor, socket.release()), path, info.st_dev, info.st_ino);
}

int ListeningSocket::accept() {
    return ::accept4(descriptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

bool ListeningSocket::has_its_name() const {
    struct stat info {};
    return ::lstat(path_.c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_;
}

void ListeningSocket::remove() {
    if (has_its_name()) ::unlink(path_.c_str());
    boost::system::error_code ignored;
    descriptor_.close(ignored);
}

std::optional<FileWatch> FileWatch::open(const aio::Executor& executor, const std::string& path) {
    Held inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (inotify.fd < 0) return std::nullopt;
    // The file itself and not its directory, where every status.json would wake us. Removing it changes its link count: IN_ATTRIB.
    const int watch = ::inotify_add_watch(inotify.fd, path.c_str(), IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_DONT_FOLLOW);
    if (watch < 0) return std::nullopt;
    return FileWatch(aio::Descriptor(executor, inotify.release()), watch);
}

void FileWatch::drain() {
    std::array<char, 4096> events;
    while (::read(descriptor_.native_handle(), events.data(), events.size()) > 0) {
    }
}

void FileWatch::end() {
    boost::system::error_code ignored;
    descriptor_.cancel(ignored);
    (void)::inotify_rm_watch(descriptor_.native_handle(), watch_);
}

}  // namespace talos::control

#include "http/server/unix_socket.hpp"
#include "http/server/peer.hpp"
#include "http/server/takeover_lock.hpp"
#include "posix/processes/ending.hpp"
#include "posix/processes/plain_stream.hpp"
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace talos::http {

namespace {

/// All peers wait in one queue: the owner waits for all that connected earlier.
constexpr int most_waiting = 512;

/// A descriptor that is closed at the end of the scope.
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

enum class Naming { bind, connect };

/// bind(2) or connect(2), through a descriptor of the directory if the path is too long for an address.
int name_socket(int socket, const std::string& path, Naming how) {
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
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    switch (how) {
    case Naming::bind: return ::bind(socket, generic, sizeof address);
    case Naming::connect: return ::connect(socket, generic, sizeof address);
    }
    __builtin_unreachable();
}

Failure in_the_way(const std::string& path, const std::string& what) {
    return refused(path + " is in the way: it is " + what +
                   "; talosd replaces only an unused socket of its own user.  "
                   "Remove it, or choose another \"controlSocket\"");
}

std::string kind_of(const struct stat& info) {
    if (S_ISLNK(info.st_mode)) return "a symbolic link";
    if (S_ISDIR(info.st_mode)) return "a directory";
    if (S_ISFIFO(info.st_mode)) return "a FIFO";
    if (S_ISREG(info.st_mode)) return "a regular file";
    if (S_ISSOCK(info.st_mode)) return "a socket of uid " + std::to_string(info.st_uid);
    return "a device";
}

/// Fails if a process listens on it, or if that cannot be determined.
Result<> check_unused(const std::string& path) {
    Held socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.fd < 0) return last_error("socket for " + path);
    if (name_socket(socket.fd, path, Naming::connect) == 0) {
        const auto listener = peer_of(socket.fd);
        if (posix::is_ending(listener.pid)) return {};   // a killed talosd releases its lock before its socket
        return in_the_way(path, "the socket of process " + std::to_string(listener.pid) + " (uid " +
                                    std::to_string(listener.uid) + "), which listens there");
    }
    if (errno == ECONNREFUSED || errno == ENOENT) return {};
    if (errno == EAGAIN) return in_the_way(path, "a socket on which a process listens");
    if (errno == EPROTOTYPE) return in_the_way(path, "a socket of another typethat a process uses");
    return last_error("connect to the existing socket " + path);
}

/// An unpredictable name in the same directory. Tools show it as the socket's name.
std::string name_beside(const std::string& path) {
    std::uint32_t number = 0;
    (void)!::getrandom(&number, sizeof number, 0);
    return path + "." + std::to_string(number);
}

int rename_to_new(const std::string& from, const std::string& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL) return -1;
    return ::link(from.c_str(), to.c_str()) == 0 ? ::unlink(from.c_str()) : -1;   // for file systems without RENAME_NOREPLACE
}

int exchange(const std::string& one, const std::string& other) {
    return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
}

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

/// Publishes the listening socket `temporary` under the name; `stale` is the socket found there that may be replaced. A socket
/// exists under the name at all times: the two files are exchanged, and exchanged back if the replaced file is not the one found
/// before or is in use by now. On failure `temporary` still belongs to the caller.
Result<> publish(const std::string& temporary, const std::string& path, const std::optional<struct stat>& stale) {
    if (!stale) {
        if (rename_to_new(temporary, path) == 0) return {};
        return errno == EEXIST ? in_the_way(path, "a file that another process has just created")
                               : last_error("rename " + temporary + " to " + path);
    }
    if (exchange(temporary, path) != 0) {
        if (errno != ENOENT && errno != EINVAL) return last_error("exchange " + temporary + " and " + path);
        struct stat now {};
        if (::lstat(path.c_str(), &now) == 0 && same_file(now, *stale))
            ::unlink(path.c_str());   // the file system cannot exchange files
        return publish(temporary, path, std::nullopt);
    }
    struct stat replaced {};
    if (::lstat(temporary.c_str(), &replaced) != 0) return {};   // already removed
    const bool same = same_file(replaced, *stale);
    const auto unused =
        same ? check_unused(temporary) : Result<>(in_the_way(path, "a file that another process has just created"));
    if (unused) {
        ::unlink(temporary.c_str());
        return {};
    }
    (void)exchange(temporary, path);
    return unused;
}

/// Requests contain no descriptors. Connections inherit this option; a sender of descriptors gets EPERM. Linux before 6.16 lacks
/// it: there posix::receive_plain keeps talosd from closing received descriptors.
void refuse_descriptors(int socket) {
#ifdef SO_PASSRIGHTS
    constexpr int option = SO_PASSRIGHTS;
#else
    constexpr int option = 83;   // asm-generic/socket.h
#endif
    constexpr int off = 0;
    (void)::setsockopt(socket, SOL_SOCKET, option, &off, sizeof off);
}

/// The socket of this user at the path if no process listens on it; nullopt if there is no file. Any other file is an obstacle.
Result<std::optional<struct stat>> stale_socket(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) {
        if (errno == ENOENT) return std::optional<struct stat>{};
        return last_error("stat " + path);
    }
    if (!S_ISSOCK(info.st_mode) || info.st_uid != ::geteuid()) return in_the_way(path, kind_of(info));
    if (const auto unused = check_unused(path); !unused) return unused.error();
    return std::optional(info);
}

}   // namespace

Result<ListeningSocket> ListeningSocket::open(const aio::Executor& executor, const std::string& path, unsigned mode) {
    auto stale = stale_socket(path);
    std::optional<TakeoverLock> takeover;
    if (stale && *stale) {   // checked again under the lock: another talosd may have replaced it
        auto taken = TakeoverLock::take(path);
        if (!taken) return taken.error();
        takeover.emplace(std::move(*taken));
        stale = stale_socket(path);
    }
    if (!stale) return stale.error();
    Held socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.fd < 0) return last_error("socket for " + path);
    refuse_descriptors(socket.fd);
    // The file gets the mode of the socket, minus the umask. A chmod(2) of the path could affect a file that another user put
    // there meanwhile.
    if (::fchmod(socket.fd, mode) != 0) return last_error("chmod the socket for " + path);
    const auto temporary = name_beside(path);
    const auto umask = ::umask(0);
    const bool bound = name_socket(socket.fd, temporary, Naming::bind) == 0;
    const int why = errno;
    ::umask(umask);
    if (!bound) return failure_of(why, "make the control socket " + path);
    struct stat info {};
    const bool listens = ::lstat(temporary.c_str(), &info) == 0 && ::listen(socket.fd, most_waiting) == 0;
    const auto published = listens ? publish(temporary, path, *stale) : Result<>(last_error("listen on " + path));
    if (!published) {
        ::unlink(temporary.c_str());
        return published.error();
    }
    return ListeningSocket(aio::Descriptor(executor, socket.release()), path, info.st_dev, info.st_ino);
}

int ListeningSocket::accept() {
    const int peer = ::accept4(descriptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (peer >= 0) posix::take_urgent_bytes_in_line(peer);
    return peer;
}

void ListeningSocket::refuse_peers() { (void)::shutdown(descriptor_.native_handle(), SHUT_RD); }

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
    // Watches the file and not its directory, where every update of status.json would wake talosd. Removing the file changes its
    // link count: IN_ATTRIB.
    const int watch = ::inotify_add_watch(inotify.fd, path.c_str(), IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_DONT_FOLLOW);
    if (watch < 0) return std::nullopt;
    return FileWatch(aio::Descriptor(executor, inotify.release()), watch);
}

void FileWatch::drain() {
    std::array<char, 4096> events;
    while (::read(descriptor_.native_handle(), events.data(), events.size()) > 0) {}
}

void FileWatch::end() {
    boost::system::error_code ignored;
    descriptor_.cancel(ignored);
    (void)::inotify_rm_watch(descriptor_.native_handle(), watch_);
}

}   // namespace talos::http

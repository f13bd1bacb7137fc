#include "posix/drop_messages.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::posix {

namespace {

constexpr unsigned longest_seconds = 2;

void close_from(int first, int last) {
    if (first > last || ::syscall(SYS_close_range, first, last, 0) == 0) return;
    const long limit = ::sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd <= last && fd < limit; ++fd) ::close(fd);
}

void close_all_but(const std::vector<int>& ascending) {
    int next = 0;
    for (const int fd : ascending) {
        close_from(next, fd - 1);
        next = fd + 1;
    }
    close_from(next, ~0u >> 1);
}

/// Ends the child in the middle of a close that waits; what is still queued is closed by its exit, in which TCP does not wait.
void limit_time() {
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGALRM, SIG_DFL);
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    ::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
    ::alarm(longest_seconds);
}

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

template <class Work>
Result<pid_t> in_child(const std::vector<int>& ascending, const Work& work) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);   // our handlers are not for the child
    const pid_t child = ::fork();
    if (child == 0) {
        limit_time();
        close_all_but(ascending);
        work();
        ::_exit(0);
    }
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (child < 0) return failure_of(error, "fork a process that drops messages");
    return child;
}

}  // namespace

Result<pid_t> drop_messages(int socket, Drop which) {
    return in_child({socket}, [&] { drop_datagrams(socket, which); });
}

Result<pid_t> drop_streams(const std::vector<UniqueFd>& sockets) {
    std::vector<int> ascending;
    for (const auto& socket : sockets) ascending.push_back(socket.get());
    std::sort(ascending.begin(), ascending.end());
    return in_child(ascending, [&] { std::for_each(ascending.begin(), ascending.end(), drop_bytes); });
}

}  // namespace talos::posix

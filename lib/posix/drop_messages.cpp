#include "posix/drop_messages.hpp"

#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::posix {

namespace {

void close_from(int first, int last) {
    if (first > last || ::syscall(SYS_close_range, first, last, 0) == 0) return;
    const long limit = ::sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd <= last && fd < limit; ++fd) ::close(fd);
}

[[noreturn]] void drop_and_exit(int socket, Drop which) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
    close_from(0, socket - 1);
    close_from(socket + 1, ~0u >> 1);
    for (;;) {
        char byte = 0;
        const bool received = ::recv(socket, &byte, sizeof byte, MSG_DONTWAIT) >= 0;
        if (received ? which == Drop::first : errno != EINTR) ::_exit(0);
    }
}

}  // namespace

Result<pid_t> drop_messages(int socket, Drop which) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);   // our handlers are not for the child
    const pid_t child = ::fork();
    if (child == 0) drop_and_exit(socket, which);
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (child < 0) return failure_of(error, "fork a process that drops messages");
    return child;
}

}  // namespace talos::posix

#include "posix/children/short_child.hpp"

#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::posix {

namespace {

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

/// SIGALRM ends the child even in a blocking call.
void limit_time(std::chrono::seconds longest) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGALRM, SIG_DFL);
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    ::pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
    ::alarm(static_cast<unsigned>(longest.count()));
}

}   // namespace

Result<pid_t> start_short_child(const std::vector<int>& kept, std::chrono::seconds longest, const std::function<void()>& work,
                                const char* what) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);   // the signal handlers must not run in the child
    const pid_t child = ::fork();
    if (child == 0) {
        limit_time(longest);
        close_all_but(kept);
        work();
        ::_exit(0);
    }
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (child < 0) return failure_of(error, std::string("fork a process that ") + what);
    return child;
}

}   // namespace talos::posix

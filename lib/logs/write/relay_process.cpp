#include "logs/write/relay_process.hpp"

#include "logs/files/helper_rights.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char end;   // the linker's: what follows is the heap

namespace talos::logs {

namespace {

/// Where the kernel has no close_range(2).
void close_each() {
    rlimit limit{};
    (void)::getrlimit(RLIMIT_NOFILE, &limit);
    const int last = static_cast<int>(std::min<rlim_t>(limit.rlim_max, 1024 * 1024));
    for (int fd = relay_control + 1; fd < last; ++fd) ::close(fd);
}

void keep_only(int socket) {
    if (socket != relay_control) (void)::dup3(socket, relay_control, O_CLOEXEC);
    if (::syscall(SYS_close_range, static_cast<unsigned>(relay_control + 1), ~0U, 0) < 0) close_each();
}

/// The arguments' place is what ps(1) shows.
void name_process(uid_t uid) {
    (void)::prctl(PR_SET_NAME, "talosd-relay");
    std::array<char, 4096> shown{};
    const int file = ::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    const ssize_t size = file >= 0 ? ::read(file, shown.data(), shown.size()) : 0;
    if (file >= 0) ::close(file);
    if (size <= 0) return;
    const auto length = static_cast<std::size_t>(size);
    std::memset(program_invocation_name, 0, length);
    (void)std::snprintf(program_invocation_name, length, "talosd-relay: output of uid %u", uid);
}

/// talosd's heap is a copy of no use here: every page of it that talosd changes would cost memory twice.
void forget_heap() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto begin = (reinterpret_cast<std::uintptr_t>(&end) + page - 1) / page * page;
    const auto after = reinterpret_cast<std::uintptr_t>(::sbrk(0)) / page * page;
    const auto of_libc = reinterpret_cast<std::uintptr_t>(&errno);   // of a static program it is in the heap, too
    if (begin < after && (of_libc < begin || of_libc >= after))
        (void)::madvise(reinterpret_cast<void*>(begin), after - begin, MADV_DONTNEED);
#endif
}

void raise_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}   // namespace

void run_relay(int socket, pid_t parent, uid_t uid) {
    keep_only(socket);
    (void)::setsid();
    if (::chdir("/") < 0) ::_exit(1);
    name_process(uid);
    drop_capabilities();
    (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (::getppid() != parent) ::_exit(0);
    raise_limit();
    forget_heap();
    pass_on_streams();
}

}   // namespace talos::logs

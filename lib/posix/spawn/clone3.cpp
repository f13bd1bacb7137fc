#include "posix/spawn/clone3.hpp"
#include "posix/processes/uninstrumented.hpp"
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::posix {
namespace {

constexpr std::uint64_t clone_into_cgroup = 0x200000000;   // CLONE_INTO_CGROUP, Linux 5.7

/// struct clone_args of <linux/sched.h> including `cgroup`, which older headers lack.
struct CloneArguments {
    alignas(8) std::uint64_t flags = 0;
    std::uint64_t pidfd = 0;
    std::uint64_t child_tid = 0;
    std::uint64_t parent_tid = 0;
    std::uint64_t exit_signal = SIGCHLD;
    std::uint64_t stack = 0;
    std::uint64_t stack_size = 0;
    std::uint64_t tls = 0;
    std::uint64_t set_tid = 0;
    std::uint64_t set_tid_size = 0;
    std::uint64_t cgroup = 0;
};
static_assert(sizeof(CloneArguments) == 88);   // CLONE_ARGS_SIZE_VER2

CloneArguments arguments_for(std::uint64_t flags, int cgroup, int& pidfd) {
    CloneArguments arguments;
    arguments.flags = flags | CLONE_PIDFD | clone_into_cgroup;
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
    arguments.cgroup = static_cast<std::uint64_t>(cgroup);
    return arguments;
}

/// The child starts on its own stack, which has no frame to return to.
#if defined(SYS_clone3) && defined(__x86_64__) && !defined(__ILP32__)
TALOS_UNINSTRUMENTED long clone3_to(CloneArguments& arguments, int (*entry)(void*), void* argument) {
    long result = SYS_clone3;
    asm volatile("syscall\n\t"
                 "testq %%rax, %%rax\n\t"
                 "jnz 1f\n\t"
                 "movq %[argument], %%rdi\n\t"
                 "callq *%[entry]\n\t"
                 "hlt\n"
                 "1:"
                 : "+a"(result)
                 : "D"(&arguments), "S"(sizeof arguments), [entry] "r"(entry), [argument] "r"(argument)
                 : "rcx", "r11", "cc", "memory");
    return result;
}
#elif defined(SYS_clone3) && defined(__aarch64__)
TALOS_UNINSTRUMENTED long clone3_to(CloneArguments& arguments, int (*entry)(void*), void* argument) {
    register long number asm("x8") = SYS_clone3;
    register long result asm("x0") = static_cast<long>(reinterpret_cast<std::uintptr_t>(&arguments));
    register long size asm("x1") = sizeof arguments;
    asm volatile("svc #0\n\t"
                 "cbnz x0, 1f\n\t"
                 "mov x0, %[argument]\n\t"
                 "blr %[entry]\n\t"
                 "brk #1\n"
                 "1:"
                 : "+r"(result)
                 : "r"(number), "r"(size), [entry] "r"(entry), [argument] "r"(argument)
                 : "cc", "memory");
    return result;
}
#else
long clone3_to(CloneArguments&, int (*)(void*), void*) { return -ENOSYS; }
#endif

}   // namespace

pid_t clone3_sharing(int cgroup, char* stack, std::size_t stack_size, int (*entry)(void*), void* argument, int& pidfd) {
    auto arguments = arguments_for(CLONE_VM | CLONE_VFORK | CLONE_FILES, cgroup, pidfd);
    arguments.stack = reinterpret_cast<std::uintptr_t>(stack);
    arguments.stack_size = stack_size;
    return static_cast<pid_t>(clone3_to(arguments, entry, argument));
}

pid_t clone3_copying(int cgroup, int& pidfd) {
#ifdef SYS_clone3
    auto arguments = arguments_for(0, cgroup, pidfd);
    const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
    return static_cast<pid_t>(pid < 0 ? -errno : pid);
#else
    (void)cgroup, (void)pidfd;
    return -ENOSYS;
#endif
}

}   // namespace talos::posix

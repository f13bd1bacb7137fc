#include "system/talos/tracer.hpp"
#include "support/catch.hpp"
#include <csignal>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace talos::test {

Tracer::Tracer(pid_t traced, Holds when) : pid_(::fork()) {
    if (pid_ == 0) {
        const bool traces = when == Holds::now
                                ? ::ptrace(PTRACE_SEIZE, traced, 0, 0) == 0 && ::ptrace(PTRACE_INTERRUPT, traced, 0, 0) == 0 &&
                                      ::waitpid(traced, nullptr, __WALL) == traced
                                : ::ptrace(PTRACE_SEIZE, traced, 0, PTRACE_O_TRACEEXIT) == 0;
        ::raise(traces ? SIGSTOP : SIGKILL);
        ::_exit(0);
    }
    int status = 0;
    holds_ = ::waitpid(pid_, &status, WUNTRACED) == pid_ && WIFSTOPPED(status);
    if (!holds_) WARN("a process cannot be traced here; the test proves nothing");
}

void Tracer::let_go() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

}   // namespace talos::test

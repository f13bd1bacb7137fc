#include "posix/spawn/inherited.hpp"
#include "posix/processes/signals.hpp"
#include <algorithm>
#include <array>
#include <csignal>
#include <sys/stat.h>
#include <sys/time.h>

namespace talos::posix {
namespace {

constexpr mode_t own_umask = 022;
constexpr std::array ignored_signals{SIGXFSZ, SIGXCPU, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT};

template <std::size_t count>
bool is_one_of(int signal, const std::array<int, count>& signals) {
    return std::find(signals.begin(), signals.end(), signal) != signals.end();
}

void set_disposition(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigaction(signal, &action, nullptr);   // fails for SIGKILL, SIGSTOP and signals reserved by the C library
}

void cancel_timers() {
    constexpr itimerval none{};
    for (const auto timer : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) ::setitimer(timer, &none, nullptr);
}

/// Only signals that a supervisor handles later are blocked. They keep their dispositions, which show what nohup(1) has ignored.
void reset_signals() {
    sigset_t blocked;
    ::sigprocmask(SIG_BLOCK, nullptr, &blocked);
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
        if (is_one_of(signal, supervisor_signals)) continue;
        ::sigdelset(&blocked, signal);
        set_disposition(signal, SIG_IGN);   // discards a pending signal
        if (!is_one_of(signal, ignored_signals)) set_disposition(signal, SIG_DFL);
    }
    ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

std::optional<rlimit> raise_file_size() {
    rlimit before{};
    if (::getrlimit(RLIMIT_FSIZE, &before) < 0 || before.rlim_cur == before.rlim_max) return std::nullopt;
    const rlimit raised{before.rlim_max, before.rlim_max};
    if (::setrlimit(RLIMIT_FSIZE, &raised) < 0) return std::nullopt;
    return before;
}

}   // namespace

Inherited take_over_process() {
    cancel_timers();
    reset_signals();
    return {::umask(own_umask), raise_file_size()};
}

void take_over_command() {
    set_disposition(SIGXFSZ, SIG_IGN);
    set_disposition(SIGCHLD, SIG_DFL);
}

OwnUmask::OwnUmask() : before_(::umask(own_umask)) {}
OwnUmask::~OwnUmask() { ::umask(before_); }

}   // namespace talos::posix

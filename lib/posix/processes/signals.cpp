#include "posix/processes/signals.hpp"

#include <cerrno>
#include <ctime>
#include <initializer_list>
#include <sys/signalfd.h>

namespace talos::posix {
namespace {

sigset_t supervisor_set() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : supervisor_signals) ::sigaddset(&signals, signal);
    return signals;
}

}   // namespace

bool prepare_supervisor_signals() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    for (const int signal : {SIGPIPE, SIGTTOU, SIGUSR2}) ::sigaction(signal, &ignore, nullptr);
    const sigset_t signals = supervisor_set();
    ::sigprocmask(SIG_SETMASK, &signals, nullptr);
    struct sigaction hangup {};
    ::sigaction(SIGHUP, nullptr, &hangup);
    // A signal that was inherited as ignored (from nohup, or from a shell without job control) would be dropped instead of kept
    // pending.
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    for (const int signal : supervisor_signals) ::sigaction(signal, &by_default, nullptr);
    return hangup.sa_handler == SIG_IGN;
}

void release_supervisor_signals() {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

int take_pending_signal() {
    const sigset_t signals = supervisor_set();
    const timespec at_once{};
    int signal = 0;
    do {
        signal = ::sigtimedwait(&signals, nullptr, &at_once);
    } while (signal < 0 && errno == EINTR);
    return signal > 0 ? signal : 0;
}

Result<UniqueFd> watch_pending_signals() {
    const sigset_t signals = supervisor_set();
    UniqueFd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) return last_error("signalfd");
    return fd;
}

void block_all_signals() {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
}

}   // namespace talos::posix

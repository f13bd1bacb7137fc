#include "posix/signals.hpp"

#include <csignal>
#include <initializer_list>

namespace talos::posix {

void prepare_supervisor_signals() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    for (const int signal : {SIGPIPE, SIGTTOU, SIGUSR2}) ::sigaction(signal, &ignore, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void block_all_signals() {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
}

}  // namespace talos::posix

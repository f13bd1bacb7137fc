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

}  // namespace talos::posix

// Forks children, each in a session of its own (500, or as many as the first argument says), says "ready" and waits. The children ignore SIGTERM
// and end on SIGUSR1.
#include "lifetime.h"
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void end(int signal) {
    (void)signal;
    _exit(0);
}

int main(int argc, char** argv) {
    limit_lifetime();
    const int count = argc > 1 ? atoi(argv[1]) : 500;
    signal(SIGUSR1, end);
    signal(SIGTERM, SIG_IGN);
    for (int i = 0; i < count; ++i) {
        const pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) {
            limit_lifetime();
            setsid();
            for (;;) pause();
        }
    }
    signal(SIGTERM, end);
    say("ready");
    for (;;) pause();
}

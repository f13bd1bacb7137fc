// Leaves a daemon behind: forked twice, in a session of its own. Says its PID; stays.
#include "lifetime.h"
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    limit_lifetime();
    const pid_t middle = fork();
    if (middle < 0) return 1;
    if (middle == 0) {
        setsid();
        const pid_t daemon = fork();
        if (daemon != 0) _exit(daemon < 0);
        limit_lifetime();
        printf("%d\n", (int)getpid());
        fflush(stdout);
        for (;;) pause();
    }
    waitpid(middle, NULL, 0);
    for (;;) pause();
}

// sibling_storm SLEEPERS: makes processes that are children of its own parent: so many that wait, says "ready", and from then on such that
// end at once, from two processes at a time. None of them outlives the parent.
#define _GNU_SOURCE
#include "lifetime.h"
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static long sibling(void) { return syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0); }

static void end_with_parent(void) {
    limit_lifetime();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int main(int argc, char** argv) {
    end_with_parent();
    const int sleepers = argc > 1 ? atoi(argv[1]) : 0;
    for (int i = 0; i < sleepers; ++i) {
        const long child = sibling();
        if (child < 0) return 1;
        if (child == 0) {
            end_with_parent();
            for (;;) pause();
        }
    }
    say("ready");
    if (sibling() == 0) end_with_parent();
    static pid_t made[2000];   // whoever is not reaped yet has its number: so many wait for that at most
    for (unsigned i = 0;; i = (i + 1) % (sizeof made / sizeof *made)) {
        while (made[i] > 0 && kill(made[i], 0) == 0) usleep(100);
        made[i] = (pid_t)sibling();
        if (made[i] == 0) _exit(0);
    }
}

// sibling_storm SLEEPERS [stops]: makes processes that are children of its own parent: so many that wait, says "ready", and from then on such
// that end at once, from two processes at a time. With "stops" it makes no more, but those that wait stop themselves, and are continued without
// end. None of them outlives the parent.
#define _GNU_SOURCE
#include "lifetime.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static long sibling(void) { return syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0); }

static void end_with_parent(void) {
    limit_lifetime();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static pid_t made[2000];

int main(int argc, char** argv) {
    end_with_parent();
    const int sleepers = argc > 1 ? atoi(argv[1]) : 0;
    const int stops = argc > 2 && strcmp(argv[2], "stops") == 0;
    if (sleepers > (int)(sizeof made / sizeof *made)) return 2;
    for (int i = 0; i < sleepers; ++i) {
        const long child = sibling();
        if (child < 0) return 1;
        if (child == 0) {
            end_with_parent();
            for (;;)
                if (stops) raise(SIGSTOP);
                else pause();
        }
        if (stops) made[i] = (pid_t)child;
    }
    say("ready");
    while (stops)
        for (int i = 0; i < sleepers; ++i) kill(made[i], SIGCONT);
    if (sibling() == 0) end_with_parent();
    // whoever is not reaped yet has its number: so many wait for that at most
    for (unsigned i = 0;; i = (i + 1) % (sizeof made / sizeof *made)) {
        while (made[i] > 0 && kill(made[i], 0) == 0) usleep(100);
        made[i] = (pid_t)sibling();
        if (made[i] == 0) _exit(0);
    }
}

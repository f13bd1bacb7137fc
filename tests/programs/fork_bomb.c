// Forks children that wait (200, or as many as the first argument says), says "ready" and waits.
#include "lifetime.h"
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
    limit_lifetime();
    const int count = argc > 1 ? atoi(argv[1]) : 200;
    for (int i = 0; i < count; ++i) {
        const pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) {
            limit_lifetime();
            for (;;) pause();
        }
    }
    say("ready");
    for (;;) pause();
}

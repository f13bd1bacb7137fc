// Says "ready" and stops itself; once continued says "continued" and waits.
#include "lifetime.h"
#include <unistd.h>

int main(void) {
    limit_lifetime();
    say("ready");
    raise(SIGSTOP);
    say("continued");
    for (;;) pause();
}

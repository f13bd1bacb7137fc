// Ignores SIGTERM, says "ready" and waits.
#include "lifetime.h"
#include <unistd.h>

int main(void) {
    limit_lifetime();
    signal(SIGTERM, SIG_IGN);
    say("ready");
    for (;;) pause();
}

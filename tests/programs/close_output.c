// Closes descriptors 0-2 and waits.
#include "lifetime.h"
#include <unistd.h>

int main(void) {
    limit_lifetime();
    for (int fd = 0; fd <= 2; ++fd) close(fd);
    for (;;) pause();
}

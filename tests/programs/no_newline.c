// no_newline BYTES: writes that many `x` without a newline.
#include "lifetime.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
    limit_lifetime();
    static char block[65536];
    memset(block, 'x', sizeof block);
    long long left = argc > 1 ? atoll(argv[1]) : 1000;
    while (left > 0) {
        const ssize_t written = write(1, block, left < (long long)sizeof block ? (size_t)left : sizeof block);
        if (written < 0) return 1;
        left -= written;
    }
    return 0;
}

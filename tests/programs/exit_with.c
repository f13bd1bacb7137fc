// exit_with CODE | exit_with signal NUMBER: ends at once in that way.
#include "lifetime.h"
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

int main(int argc, char** argv) {
    if (argc == 2) return atoi(argv[1]);
    if (argc != 3 || strcmp(argv[1], "signal") != 0) return 99;
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    const int number = atoi(argv[2]);
    signal(number, SIG_DFL);
    raise(number);
    return 98;
}

// log_loop FILE COMMAND ARG...: runs the command with its stdout in a pipe, reads 64 KiB at a time and writes them to FILE, which is
// renamed to FILE.1, ... at 10 MiB, five kept. What a log writer costs at least. Says how long that took, and its own CPU time, in ns.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024, KEEP = 5 };
static const long limit = 10 << 20;

static int begin_file(const char* path) { return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600); }

static void rotate(const char* path) {
    char from[4096], to[4096];
    for (int number = KEEP; number > 0; --number) {
        if (number == 1) snprintf(from, sizeof from, "%s", path);
        else snprintf(from, sizeof from, "%s.%d", path, number - 1);
        snprintf(to, sizeof to, "%s.%d", path, number);
        rename(from, to);
    }
}

static long long now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char** argv) {
    static char block[BLOCK];
    int ends[2];
    if (argc < 3 || pipe(ends) != 0) return 2;
    const long long began = now(CLOCK_MONOTONIC);
    if (fork() == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execv(argv[2], argv + 2);
        _exit(127);
    }
    close(ends[1]);
    long size = 0;
    int fd = begin_file(argv[1]);
    for (;;) {
        const ssize_t got = read(ends[0], block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        if (size + got > limit) {
            close(fd);
            rotate(argv[1]);
            fd = begin_file(argv[1]);
            size = 0;
        }
        for (ssize_t done = 0; done < got;) {
            const ssize_t now = write(fd, block + done, (size_t)(got - done));
            if (now < 0) return 3;
            done += now;
        }
        size += got;
    }
    int status = 0;
    wait(&status);
    printf("%lld %lld\n", now(CLOCK_MONOTONIC) - began, now(CLOCK_PROCESS_CPUTIME_ID));
    return status != 0;
}

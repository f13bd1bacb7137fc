/* The program that the benchmarks supervise, and the bare loop that they compare with.
 *
 * subject sleep FIFO ID     report the first instruction, then wait for a signal
 * subject notify FIFO ID    say READY=1 by sd_notify, report when, then wait for a signal
 * subject loop FIFO COUNT   the simplest supervisor there can be: COUNT copies as above, clone + exec, wait, again
 *
 * A report is one record in FIFO: { int32 id; int32 pid; int64 ns of CLOCK_MONOTONIC }, 16 bytes, so that it is atomic. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct record {
    int32_t id, pid;
    int64_t ns;
};

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void report(const char *fifo, int id, int64_t born) {
    struct record r = {id, (int32_t)getpid(), born};
    int fd = open(fifo, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    while (write(fd, &r, sizeof r) < 0 && errno == EINTR) {}
    close(fd);
}

static pid_t spawn(const char *self, char *fifo, int id) {
    char number[16];
    char *args[] = {"subject", "sleep", fifo, number, NULL};
    snprintf(number, sizeof number, "%d", id);
    pid_t pid = vfork();
    if (pid == 0) {
        execv(self, args);
        _exit(127);
    }
    return pid;
}

static volatile sig_atomic_t ending;
static void on_term(int signal) { (void)signal, ending = 1; }

/* On SIGTERM: kill and reap them all, then leave. */
static int loop(const char *self, char *fifo, int count) {
    struct sigaction action = {.sa_handler = on_term};
    pid_t *pids = calloc((size_t)count, sizeof *pids);
    sigaction(SIGTERM, &action, NULL);
    for (int i = 0; i < count; i++) pids[i] = spawn(self, fifo, i);
    while (!ending) {
        pid_t dead = waitpid(-1, NULL, 0);
        for (int i = 0; dead > 0 && !ending && i < count; i++)
            if (pids[i] == dead) pids[i] = spawn(self, fifo, i);
    }
    for (int i = 0; i < count; i++)
        if (pids[i] > 0) kill(pids[i], SIGTERM);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {}
    return 0;
}

/* When it was said. */
static int64_t say_ready(void) {
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = name ? strlen(name) : 0;
    if (length == 0 || length > sizeof address.sun_path) return 0;
    memcpy(address.sun_path, name, length);
    if (name[0] == '@') address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int64_t said = now();
    sendto(fd, "READY=1", 7, 0, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    close(fd);
    return said;
}

int main(int argc, char **argv) {
    int64_t born = now();
    if (argc < 4) return 64;
    if (!strcmp(argv[1], "loop")) return loop("/proc/self/exe", argv[2], atoi(argv[3]));
    if (!strcmp(argv[1], "notify")) born = say_ready();
    report(argv[2], atoi(argv[3]), born);
    for (;;) pause();
}

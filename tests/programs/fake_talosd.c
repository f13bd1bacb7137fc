// What DaemonManager sees of a talosd, written against the contract and not against our own library: lock, PID file, status, report.
// --fake MODE: `die` without a word, report an `error`, stay `silent`, ignore SIGTERM (`stubborn`), hang before the status
// is there (`unnamed`), keep one marked worker (`worker`); several may be given.
#define _GNU_SOURCE
#include "lifetime.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char* data_dir = "";
static const char* config = "";
static char modes[256] = ",";
static int ready_fd = -1;

static int has(const char* mode) {
    char word[64];
    snprintf(word, sizeof word, ",%s,", mode);
    return strstr(modes, word) != NULL;
}

static char* file(const char* name) {
    char* path = NULL;
    return asprintf(&path, "%s/%s", data_dir, name) < 0 ? NULL : path;
}

static void report(const char* format, ...) {
    if (ready_fd < 0) return;
    va_list arguments;
    va_start(arguments, format);
    vdprintf(ready_fd, format, arguments);
    va_end(arguments);
}

static unsigned long long start_ticks(pid_t pid) {
    char path[64], text[1024] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof text - 1) <= 0) exit(9);
    close(fd);
    const char* field = strrchr(text, ')');
    for (int i = 2; i < 22; ++i) field = strchr(field + 1, ' ');
    return strtoull(field, NULL, 10);
}

static void parse(int argc, char** argv) {
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--data-dir") == 0) data_dir = argv[i + 1];
        if (strcmp(argv[i], "--config") == 0) config = argv[i + 1];
        if (strcmp(argv[i], "--ready-fd") == 0) ready_fd = atoi(argv[i + 1]);
        if (strcmp(argv[i], "--fake") == 0) strcat(strcat(modes, argv[i + 1]), ",");
    }
    if (ready_fd >= 0) fcntl(ready_fd, F_SETFD, FD_CLOEXEC);
}

static void lock_or_lose(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0) return;
    char text[32] = "";
    while (pread(fd, text, sizeof text - 1, 0) <= 0) usleep(1000);   // the winner is about to write it
    report("{\"error\":\"talosd is running already\",\"already\":true,\"pid\":%d}\n", atoi(text));
    exit(1);
}

static pid_t start_worker(const char* run) {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    setsid();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setenv("TALOS_RUN", run, 1);
    setenv("TALOS_WORKER", "web", 1);
    // Its tree: a child, and a daemon that left both session and parent.
    execlp("sh", "sh", "-c", "setsid sh -c 'sleep 100 & sleep 100' & sleep 100 & sleep 100", (char*)NULL);
    _exit(127);
}

static void write_status(const char* run, pid_t worker) {
    char boot[64] = "";
    struct stat namespace;
    const int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, boot, sizeof boot - 1) <= 0 || stat("/proc/self/ns/pid", &namespace) != 0) exit(9);
    close(fd);
    boot[strcspn(boot, "\n")] = '\0';
    FILE* out = fopen(file("status.tmp"), "we");
    fprintf(out,
            "{\"schema\":1,\"version\":\"fake\",\"sequence\":0,\"pid\":%d,\"startedAt\":1,\"configPath\":\"%s\",\"state\":\"running\","
            "\"startTicks\":%llu,\"bootId\":\"%s\",\"pidNamespace\":%llu,\"run\":\"%s\",\"stopTimeout\":20000,\"updatedAt\":2,\"workers\":[",
            (int)getpid(), config, start_ticks(getpid()), boot, (unsigned long long)namespace.st_ino, run);
    if (worker > 0) {
        fprintf(out,
                "{\"name\":\"web\",\"state\":\"running\",\"goal\":\"up\",\"ready\":true,\"pid\":%d,\"startTicks\":%llu,\"since\":1,"
                "\"restarts\":0,\"stop\":[{\"signal\":\"SIGTERM\",\"wait\":10000}]}",
                (int)worker, start_ticks(worker));
    }
    fprintf(out, "]}\n");
    fclose(out);
    if (rename(file("status.tmp"), file("status.json")) != 0) exit(9);
}

int main(int argc, char** argv) {
    limit_lifetime();
    parse(argc, argv);
    char here[4096] = "";
    printf("fake_talosd: session leader %d, in %s\n", getsid(0) == getpid(), getcwd(here, sizeof here));
    fflush(stdout);
    if (has("die")) return 3;
    if (has("error")) {
        report("{\"error\":\"talos.json:1:1: not to my taste\"}\n");
        return 1;
    }

    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    const int fd = open(file("daemon.pid"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return 9;
    lock_or_lose(fd);
    if (ftruncate(fd, 0) != 0) return 9;
    dprintf(fd, "%d\n", (int)getpid());

    char run[64];
    snprintf(run, sizeof run, "fake-%d-%llu", (int)getpid(), start_ticks(getpid()));
    report("{\"progress\":\"about to start\"}\nno JSON at all\n{\"progress\":\"spawning\"}\n");
    if (!has("unnamed")) write_status(run, has("worker") ? start_worker(run) : 0);
    if (!has("silent")) report("{\"ready\":true,\"pid\":%d}\n", (int)getpid());
    if (ready_fd >= 0 && !has("silent")) close(ready_fd);

    int signal = 0;
    do sigwait(&set, &signal);
    while (has("stubborn"));
    unlink(file("status.json"));
    unlink(file("daemon.pid"));
    return 0;
}

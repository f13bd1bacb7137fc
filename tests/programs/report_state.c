// Prints what it was given at its start, one `key value` a line, to standard output, or to descriptor 3 when asked with `report_state 3`.
#define _GNU_SOURCE
#include "lifetime.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char** environ;

static int by_number(const void* a, const void* b) { return *(const int*)a - *(const int*)b; }

static void print_descriptors(FILE* out) {
    int fds[1024];
    size_t count = 0;
    DIR* dir = opendir("/proc/self/fd");
    if (dir == NULL) return;
    for (const struct dirent* entry; count < 1024 && (entry = readdir(dir)) != NULL;) {
        const int fd = atoi(entry->d_name);
        if (entry->d_name[0] != '.' && fd != dirfd(dir)) fds[count++] = fd;
    }
    closedir(dir);
    qsort(fds, count, sizeof fds[0], by_number);
    fputs("descriptors", out);
    for (size_t i = 0; i < count; ++i) fprintf(out, " %d", fds[i]);
    fputs("\n", out);
}

static void print_signals(FILE* out) {
    char line[256];
    FILE* status = fopen("/proc/self/status", "re");
    if (status == NULL) return;
    while (fgets(line, sizeof line, status) != NULL) {
        char* value = strchr(line, '\t');
        if (value == NULL) continue;
        if (strncmp(line, "SigBlk:", 7) == 0) fprintf(out, "blocked %s", value + 1);
        if (strncmp(line, "SigIgn:", 7) == 0) fprintf(out, "ignored %s", value + 1);
        if (strncmp(line, "SigPnd:", 7) == 0) fprintf(out, "pending %s", value + 1);
    }
    fclose(status);
}

int main(int argc, char** argv) {
    limit_lifetime();
    char text[65536];   // collected first, so that no descriptor of ours is in the report
    FILE* out = fmemopen(text, sizeof text, "w");
    if (out == NULL) return 1;
    print_descriptors(out);
    print_signals(out);
    char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/fd/0", path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    fprintf(out, "stdin %s\n", path);
    fprintf(out, "pid %d\nsid %d\npgid %d\nppid %d\n", (int)getpid(), (int)getsid(0), (int)getpgid(0), (int)getppid());
    fprintf(out, "cwd %s\n", getcwd(path, sizeof path) != NULL ? path : "?");
    const mode_t mask = umask(0);
    fprintf(out, "umask %03o\n", (unsigned)mask);
    int death_signal = 0;
    prctl(PR_GET_PDEATHSIG, &death_signal);
    fprintf(out, "death_signal %d\n", death_signal);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) fprintf(out, "nofile %llu %llu\n", (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
    int count = 0;
    while (environ[count] != NULL) ++count;
    fprintf(out, "env_count %d\n", count);
    for (int i = 0; i < count; ++i) fprintf(out, "env %s\n", environ[i]);
    for (int i = 0; i < argc; ++i) fprintf(out, "arg %s\n", argv[i]);
    fclose(out);
    const int target = argc > 1 && strcmp(argv[1], "3") == 0 ? 3 : 1;
    return write(target, text, strlen(text)) < 0;
}

// hold_pipe FILE: a child of it writes a page of FILE, which it has mapped, to standard output. While the page is not there, the kernel
// keeps the lock of that pipe. Says "held: " and the child's PID on standard error before it ends, with 0; the child stays.
#include "lifetime.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Whether the process is inside write(2) to descriptor 1.
static int writes(pid_t pid) {
    char path[64], text[64] = "", wanted[32];
    snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
    snprintf(wanted, sizeof wanted, "%d 0x1 ", (int)SYS_write);
    const int file = open(path, O_RDONLY);
    if (file < 0) exit(3);
    const ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    return count > 0 && strncmp(text, wanted, strlen(wanted)) == 0;
}

int main(int count, char** words) {
    if (count < 2) return 2;
    const int file = open(words[1], O_RDONLY);
    const void* page = file < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
    if (page == MAP_FAILED) return 2;
    const pid_t child = fork();
    if (child == 0) {
        limit_lifetime();
        return write(STDOUT_FILENO, page, 4096) == 4096 ? 0 : 1;
    }
    const struct timespec moment = {.tv_nsec = 1000 * 1000};
    while (!writes(child)) nanosleep(&moment, NULL);
    fprintf(stderr, "held: %d\n", (int)child);
    return 0;
}

// hold_memory DIRECTORY COUNT [stay]: COUNT processes of uid 65534 whose memory cannot be read by others. In each of them one thread holds the lock of the
// memory for reading, in a fault on a page that a FUSE file system (mounted at DIRECTORY, in a mount namespace of its own) never delivers, and
// another one waits to change the mappings, so that nobody else gets it. Prints their PIDs, one a line, then "ready". Ends them all with itself;
// with "stay" they leave its session, its output and its marks, live on, and can end once the PID in the line "server PID" has got SIGKILL.
// Exits with 77 where that is not possible. Needs root.
#define _GNU_SOURCE
#include "lifetime.h"
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { page = 4096, other_user = 65534 };

static void answer(int fuse, unsigned long long to, const void* data, size_t size) {
    struct fuse_out_header head = {.len = (unsigned)(sizeof head + size), .error = 0, .unique = to};
    const struct iovec parts[2] = {{&head, sizeof head}, {(void*)data, size}};
    if (writev(fuse, parts, 2) < 0) _exit(1);
}

static struct fuse_attr attributes(unsigned long long node) {
    struct fuse_attr attr = {.ino = node, .mode = node == 1 ? S_IFDIR | 0755 : S_IFREG | 0444, .nlink = 1, .size = page};
    return attr;
}

static void serve(int fuse) {
    static char request[1 << 17];
    for (;;) {
        if (read(fuse, request, sizeof request) <= 0) _exit(0);
        struct fuse_in_header head;
        memcpy(&head, request, sizeof head);
        if (head.opcode == FUSE_INIT) {
            struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = page};
            answer(fuse, head.unique, &init, sizeof init);
        } else if (head.opcode == FUSE_LOOKUP) {
            struct fuse_entry_out entry = {.nodeid = 2, .attr = attributes(2)};
            answer(fuse, head.unique, &entry, sizeof entry);
        } else if (head.opcode == FUSE_GETATTR) {
            struct fuse_attr_out out = {.attr = attributes(head.nodeid)};
            answer(fuse, head.unique, &out, sizeof out);
        } else if (head.opcode == FUSE_OPEN) {
            struct fuse_open_out out = {.fh = 1, .open_flags = FOPEN_KEEP_CACHE};   // else an open waits for the page, too
            answer(fuse, head.unique, &out, sizeof out);
        }   // and a read never
    }
}

static void* never;
static int memory;
static int out;
static volatile pid_t holder;

static char state_of(pid_t process, pid_t thread) {
    char path[64];
    char text[512];
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", process, thread);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    text[size > 0 ? size : 0] = 0;
    const char* end = strrchr(text, ')');
    return end != NULL ? end[2] : 0;
}

static void* hold(void* unused) {
    char byte;
    holder = (pid_t)syscall(SYS_gettid);
    if (pread(memory, &byte, 1, (off_t)(size_t)never) != 1) {}
    return unused;
}

// Says which thread it is, and waits for the lock from then on.
static void* change(void* unused) {
    const pid_t id = (pid_t)syscall(SYS_gettid);
    while (holder == 0 || state_of(getpid(), holder) == 'R') usleep(1000);
    if (write(out, &id, sizeof id) != sizeof id) _exit(1);
    for (;;) munmap(mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), page);
    return unused;
}

static void leave(void) {
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
    setsid();
}

static void lock_memory(const char* file, int stay) {
    const int fd = open(file, O_RDONLY | O_CLOEXEC);
    memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    never = mmap(NULL, page, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd < 0 || memory < 0 || never == MAP_FAILED || setgid(other_user) != 0 || setuid(other_user) != 0) _exit(77);
    if (!stay) prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);   // not before: a change of user forgets it
    pthread_t threads[2];   // both before the lock is held, since a new thread needs memory
    if (pthread_create(&threads[0], NULL, change, NULL) != 0 || pthread_create(&threads[1], NULL, hold, NULL) != 0) _exit(77);
    for (;;) pause();
}

int main(int count, char** words) {
    if (count != 3 && count != 4) return 2;
    const int stay = count == 4;
    if (stay && getenv("TALOS_RUN") != NULL) {   // what stays is to be unowned
        unsetenv("TALOS_RUN");
        unsetenv("TALOS_WORKER");
        execv(words[0], words);
        return 1;
    }
    limit_lifetime();
    const int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    char options[128];
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fuse);
    if (fuse < 0 || unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("hold", words[1], "fuse", 0, options) < 0)
        return 77;
    const pid_t server = fork();
    if (server < 0) return 77;
    if (server == 0) {
        limit_lifetime();
        if (stay) leave();
        else prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        serve(fuse);
    }
    close(fuse);   // its end is the server's
    if (stay) printf("server %d\n", server);
    char file[4096];
    snprintf(file, sizeof file, "%s/file", words[1]);
    for (int i = 0; i < atoi(words[2]); ++i) {
        int pipe_ends[2];
        if (pipe(pipe_ends) < 0) return 1;
        const pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) {
            limit_lifetime();
            out = pipe_ends[1];
            if (stay) leave();
            lock_memory(file, stay);
        }
        close(pipe_ends[1]);
        pid_t thread = 0;
        if (read(pipe_ends[0], &thread, sizeof thread) != sizeof thread) return 77;
        close(pipe_ends[0]);
        while (state_of(child, thread) != 'D') usleep(1000);
        printf("%d\n", child);
    }
    printf("ready\n");
    fflush(stdout);
    if (atoi(words[2]) == 0) return 0;
    for (;;) pause();
}

// slow_page DIRECTORY GATE PROGRAM ARGUMENT…: mounts a FUSE file system there with one file, "page", whose contents are not there before
// GATE exists, then executes the program. Exits with 77 where that is not possible.
#include "lifetime.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { root = 1, page = 2, size = 4096, most_waiting = 64 };

static unsigned long long waiting[most_waiting];   // reads
static int waiting_count;

static void answer(int fuse, unsigned long long to, int error, const void* data, size_t bytes) {
    struct fuse_out_header head = {.len = (unsigned)(sizeof head + bytes), .error = -error, .unique = to};
    const struct iovec parts[2] = {{&head, sizeof head}, {(void*)data, bytes}};
    (void)!writev(fuse, parts, 2);   // fails for one that was interrupted
}

static struct fuse_attr attributes_of(unsigned long long node) {
    struct fuse_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.ino = node;
    attributes.mode = node == root ? S_IFDIR | 0755 : S_IFREG | 0444;
    attributes.nlink = 1;
    attributes.size = node == root ? 0 : size;
    return attributes;
}

static void serve_one(int fuse, const struct fuse_in_header* head) {
    switch (head->opcode) {
    case FUSE_INIT: {
        struct fuse_init_out init;
        memset(&init, 0, sizeof init);
        init.major = FUSE_KERNEL_VERSION;
        init.minor = FUSE_KERNEL_MINOR_VERSION;
        init.max_write = 4096;
        return answer(fuse, head->unique, 0, &init, sizeof init);
    }
    case FUSE_GETATTR: {
        struct fuse_attr_out out;
        memset(&out, 0, sizeof out);
        out.attr = attributes_of(head->nodeid);
        return answer(fuse, head->unique, 0, &out, sizeof out);
    }
    case FUSE_LOOKUP: {
        struct fuse_entry_out out;
        memset(&out, 0, sizeof out);
        if (strcmp((const char*)(head + 1), "page") != 0) return answer(fuse, head->unique, ENOENT, NULL, 0);
        out.nodeid = page;
        out.attr = attributes_of(page);
        return answer(fuse, head->unique, 0, &out, sizeof out);
    }
    case FUSE_OPEN: {
        struct fuse_open_out out;
        memset(&out, 0, sizeof out);
        return answer(fuse, head->unique, 0, &out, sizeof out);
    }
    case FUSE_READ:
        if (waiting_count == most_waiting) return answer(fuse, head->unique, EIO, NULL, 0);
        waiting[waiting_count++] = head->unique;
        return;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT: return;
    default: return answer(fuse, head->unique, ENOSYS, NULL, 0);
    }
}

static void answer_reads(int fuse) {
    static char text[size];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\n';
    while (waiting_count > 0) answer(fuse, waiting[--waiting_count], 0, text, sizeof text);
}

static void serve(int fuse, const char* gate) {
    static union {
        struct fuse_in_header head;
        char bytes[1 << 17];
    } request;
    struct pollfd entry = {.fd = fuse, .events = POLLIN};
    for (;;) {
        if (waiting_count > 0 && access(gate, F_OK) == 0) answer_reads(fuse);
        if (poll(&entry, 1, waiting_count > 0 ? 10 : -1) <= 0) continue;
        if (read(fuse, request.bytes, sizeof request.bytes) <= 0) _exit(0);
        serve_one(fuse, &request.head);
    }
}

int main(int count, char** words) {
    if (count < 4) return 2;
    const int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    char options[128];
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fuse);
    if (fuse < 0 || mount("slow", words[1], "fuse", 0, options) < 0) return 77;
    const pid_t parent = getpid(), server = fork();
    if (server < 0) return 77;
    if (server == 0) {
        limit_lifetime();
        setsid();
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);   // what waits for it goes on then
        if (getppid() != parent) _exit(0);
        serve(fuse, words[2]);
    }
    execvp(words[3], words + 3);
    return 1;
}

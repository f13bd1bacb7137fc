// silent_fuse DIRECTORY PROGRAM ARGUMENT…: mounts a FUSE file system there whose root exists and that never answers what is looked up in
// it, then executes the program. Exits with 77 where that is not possible.
#include "lifetime.h"
#include <fcntl.h>
#include <linux/fuse.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void answer(int fuse, unsigned long long to, const void* data, size_t size) {
    struct fuse_out_header head = {.len = (unsigned)(sizeof head + size), .error = 0, .unique = to};
    const struct iovec parts[2] = {{&head, sizeof head}, {(void*)data, size}};
    if (writev(fuse, parts, 2) < 0) _exit(1);
}

static void serve(int fuse) {
    static char request[1 << 17];
    for (;;) {
        if (read(fuse, request, sizeof request) <= 0) _exit(0);
        struct fuse_in_header head;
        memcpy(&head, request, sizeof head);
        if (head.opcode == FUSE_INIT) {
            struct fuse_init_out init;
            memset(&init, 0, sizeof init);
            init.major = FUSE_KERNEL_VERSION;
            init.minor = FUSE_KERNEL_MINOR_VERSION;
            init.max_write = 4096;
            answer(fuse, head.unique, &init, sizeof init);
        } else if (head.opcode == FUSE_GETATTR) {
            struct fuse_attr_out out;
            memset(&out, 0, sizeof out);
            out.attr.ino = 1;
            out.attr.mode = S_IFDIR | 0755;
            out.attr.nlink = 2;
            answer(fuse, head.unique, &out, sizeof out);
        }
    }
}

int main(int count, char** words) {
    if (count < 3) return 2;
    const int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    char options[128];
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=65534,group_id=65534,allow_other", fuse);
    if (fuse < 0 || mount("silent", words[1], "fuse", 0, options) < 0) return 77;
    const pid_t server = fork();
    if (server < 0) return 77;
    if (server == 0) {
        limit_lifetime();
        setsid();
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);   // what waits for it goes on then
        serve(fuse);
    }
    execvp(words[2], words + 2);
    return 1;
}

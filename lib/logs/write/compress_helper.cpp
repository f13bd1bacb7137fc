#include "logs/write/compressor.hpp"
#include "logs/write/helper_rights.hpp"
#include "posix/files/file.hpp"
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::logs {

namespace {

/// It has all the time in the world, and whoever serves somebody has none.
void be_modest() {
    constexpr int lowest = 19;
    constexpr int of_this_process = 1;   // IOPRIO_WHO_PROCESS
    constexpr int when_idle = 3 << 13;   // IOPRIO_CLASS_IDLE
    (void)::setpriority(PRIO_PROCESS, 0, lowest);
    (void)::syscall(SYS_ioprio_set, of_this_process, 0, when_idle);
    (void)::prctl(PR_SET_NAME, "talosd-zstd");
}

}   // namespace

int run_compress_helper() {
    drop_capabilities();   // both files are open: root's rights would only exceed the quotas of their owner
    be_modest();
    const auto made = logs::compress_log(STDIN_FILENO, STDOUT_FILENO);
    const std::string answer = made ? "done" : made.error().message();
    (void)posix::write_all(STDERR_FILENO, answer, "stderr");
    return made ? 0 : 1;
}

}   // namespace talos::logs

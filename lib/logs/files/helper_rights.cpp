#include "logs/files/helper_rights.hpp"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::logs {

void drop_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const __user_cap_data_struct none[2]{};
    (void)::syscall(SYS_capset, &header, none);
}

void be_modest() {
    constexpr int lowest = 19;
    constexpr int of_this_process = 1;   // IOPRIO_WHO_PROCESS
    constexpr int when_idle = 3 << 13;   // IOPRIO_CLASS_IDLE
    (void)::setpriority(PRIO_PROCESS, 0, lowest);
    (void)::syscall(SYS_ioprio_set, of_this_process, 0, when_idle);
}

}   // namespace talos::logs

#include "logs/write/helper_rights.hpp"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::logs {

void drop_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const __user_cap_data_struct none[2]{};
    (void)::syscall(SYS_capset, &header, none);
}

}   // namespace talos::logs

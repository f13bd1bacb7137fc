#include "logs/files/helper_rights.hpp"
#include "logs/write/compressor.hpp"
#include "posix/files/file.hpp"
#include <sys/prctl.h>
#include <unistd.h>

namespace talos::logs {

int run_compress_helper() {
    drop_capabilities();   // both files are open: root's rights would only exceed the quotas of their owner
    be_modest();
    (void)::prctl(PR_SET_NAME, "talosd-zstd");
    const auto made = logs::compress_log(STDIN_FILENO, STDOUT_FILENO);
    const std::string answer = made ? "done" : made.error().message();
    (void)posix::write_all(STDERR_FILENO, answer, "stderr");
    return made ? 0 : 1;
}

}   // namespace talos::logs

#include "cli/session/output.hpp"
#include "posix/files/file.hpp"

namespace talos::cli {

bool Output::flush() {
    if (open_ && !text.empty()) {
        auto written = posix::write_all(fd_, text, "standard output");
        if (!written) {
            open_ = false;
            if (written.error().errno_value() != EPIPE) failure_ = std::move(written.error());
        }
    }
    text.clear();
    return open_;
}

}   // namespace talos::cli

// posix/processes: Process identities, pidfds, /proc, signals and resource usage.
// A PID alone never identifies a process here.
// Begin with identity.hpp and pidfd.hpp.
#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <sys/resource.h>

namespace talos::posix {

/// Opens /dev/null for each of descriptors 0 to 2 that is closed, so that no other file gets that number.
[[nodiscard]] Result<> fill_standard_descriptors();

/// Sets close-on-exec for all inherited descriptors above 2.
void mark_inherited_cloexec();

/// Raises the soft RLIMIT_NOFILE to the hard limit. Returns the previous limit, which workers get back. If the kernel refuses,
/// the limit stays unchanged.
rlimit raise_descriptor_limit();

/// Reserves the highest descriptor numbers: in this scope, no file that this process opens or a child inherits can use them. Less
/// important operations then fail with EMFILE before essential ones do. Scopes can be nested; the outermost one counts. Has no
/// effect before keep_descriptors_apart().
class DescriptorShare {
public:
    enum class For {
        workers,       ///< pipes, pidfds, logs, probes, hooks: all but 24 numbers, or a quarter if that is less
        connections,   ///< of clients: all but 8 numbers, or an eighth; the status, the journal and /proc can always use those
    };
    explicit DescriptorShare(For what);
    ~DescriptorShare();
    DescriptorShare(const DescriptorShare&) = delete;
    DescriptorShare& operator=(const DescriptorShare&) = delete;

private:
    rlimit before_{};
    bool lowered_ = false;
};
/// Enables DescriptorShare. Only talosd calls it, because its children get their own limit in any case.
void keep_descriptors_apart();

[[nodiscard]] Result<> set_nonblocking(int fd);

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};
/// Both ends are close-on-exec. The read end is non-blocking; the write end is blocking, as workers expect.
[[nodiscard]] Result<Pipe> make_pipe();

/// Whether this process has a controlling terminal (/dev/tty can be opened). Call it at start-up: after a hangup, the kernel has
/// already taken the terminal away.
[[nodiscard]] bool has_controlling_terminal();

}   // namespace talos::posix

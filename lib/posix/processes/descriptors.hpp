// posix/processes: Identity of processes, pidfds, /proc, signals and resource usage.
// A PID alone never identifies a process here.
// Begin with identity.hpp and pidfd.hpp.
#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <sys/resource.h>

namespace talos::posix {

/// Opens /dev/null on whichever of descriptors 0-2 is closed, so that no later file becomes somebody's stdout.
[[nodiscard]] Result<> fill_standard_descriptors();

/// Everything past 2 that was inherited is closed at the next exec.
void mark_inherited_cloexec();

/// Raises the soft RLIMIT_NOFILE to the hard one and returns what it was before (workers get that back). Where that is refused, the
/// limit stays as it is.
rlimit raise_descriptor_limit();

/// While it is in scope, nothing that this process opens, or that a child inherits, gets one of the highest descriptors that the limit
/// allows: EMFILE comes earlier for those that may run short than for what must always work. The scopes are nested at will; the
/// outermost counts. In effect after keep_descriptors_apart only.
class DescriptorShare {
public:
    enum class For {
        workers,       ///< their pipes, pidfds, logs, probes and hooks: all but 24 numbers, or a quarter if that is less
        connections,   ///< of clients: all but 8, or an eighth. Status, journal and /proc always have those.
    };
    explicit DescriptorShare(For what);
    ~DescriptorShare();
    DescriptorShare(const DescriptorShare&) = delete;
    DescriptorShare& operator=(const DescriptorShare&) = delete;

private:
    rlimit before_{};
    bool lowered_ = false;
};
/// For talosd, whose children get a limit of their own in any case.
void keep_descriptors_apart();

[[nodiscard]] Result<> set_nonblocking(int fd);

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};
/// Both ends CLOEXEC; the read end non-blocking, the write end blocking (workers expect that).
[[nodiscard]] Result<Pipe> make_pipe();

/// Whether this process has a controlling terminal (/dev/tty can be opened). To be asked at the start: once the terminal has hung
/// up, the kernel has already taken it away.
[[nodiscard]] bool has_controlling_terminal();

}   // namespace talos::posix

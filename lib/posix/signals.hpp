#pragma once

namespace talos::posix {

/// For a supervisor's start: nothing is blocked, whatever was inherited; SIGPIPE, SIGTTOU (a background process that writes to its
/// terminal) and SIGUSR2, whose default would end it, are ignored. Workers get the defaults back.
void prepare_supervisor_signals();

/// For its end, when all is done: a signal that comes on the way out no longer decides how this process ended.
void block_all_signals();

}  // namespace talos::posix

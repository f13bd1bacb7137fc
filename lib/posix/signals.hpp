#pragma once

namespace talos::posix {

/// For a supervisor's start: nothing is blocked, whatever was inherited; SIGPIPE, SIGTTOU (a background process that writes to its
/// terminal) and SIGUSR2, whose default would end it, are ignored. Workers get the defaults back.
void prepare_supervisor_signals();

}  // namespace talos::posix

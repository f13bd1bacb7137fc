#pragma once
#include "state/data_directory.hpp"
#include <cstddef>

namespace talos::client {

/// A child of talosd holds the lock of the data directory until its exec. If talosd is killed while such a child is stopped or
/// stuck, no other talosd can start. Ends such children with SIGKILL and returns their number: processes that find_survivors
/// proves to belong to the run in status.json and that have the PID file open. Does nothing while the talosd of that document is
/// alive. These children have not yet executed a program. Blocks for up to one second until they have exited. The caller must
/// have checked that the directory's files can be trusted.
[[nodiscard]] std::size_t end_lock_holders(const state::DataDirectory& files);

}   // namespace talos::client

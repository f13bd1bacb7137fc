#pragma once
#include "state/data_directory.hpp"
#include <cstddef>

namespace talos::client {

/// A child of talosd holds the lock of the data directory until its exec. When talosd is killed meanwhile and that child is stopped, or
/// stuck, no other talosd could start. Ends such children with SIGKILL and returns how many: processes that find_survivors proves to be of
/// the run that status.json tells of, and that have the PID file open. None while the talosd of that document lives. Nothing of a program
/// has run in them. Blocks for up to a second, until they have ended. The caller has made sure that the directory's files are to be trusted.
[[nodiscard]] std::size_t end_lock_holders(const state::DataDirectory& files);

}   // namespace talos::client

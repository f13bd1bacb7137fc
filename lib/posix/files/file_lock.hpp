#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"

/// Open file description locks (fcntl(2), F_OFD_SETLK): held by the descriptor, whatever else the process opens or closes.
namespace talos::posix {

enum class LockState { free, held };

/// Takes the exclusive lock of the whole file, or says that somebody holds it. Never waits.
[[nodiscard]] Result<LockState> try_lock(const UniqueFd& fd);   ///< `free`: it is ours now

/// Asks without taking anything; a read-only descriptor will do. A lock held through `fd` itself does not count as held.
[[nodiscard]] Result<LockState> query_lock(const UniqueFd& fd);

}   // namespace talos::posix

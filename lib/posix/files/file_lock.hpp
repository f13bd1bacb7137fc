#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"

/// Open file description locks (fcntl(2), F_OFD_SETLK). The descriptor owns the lock; other files that the process opens or
/// closes do not affect it.
namespace talos::posix {

enum class LockState { free, held };

/// Takes an exclusive lock on the whole file, or reports that another descriptor holds it. Never blocks.
[[nodiscard]] Result<LockState> try_lock(const UniqueFd& fd);   ///< `free`: the caller has the lock now

/// Queries the lock without taking it. A read-only descriptor is sufficient. A lock taken through `fd` itself is not reported.
[[nodiscard]] Result<LockState> query_lock(const UniqueFd& fd);

}   // namespace talos::posix

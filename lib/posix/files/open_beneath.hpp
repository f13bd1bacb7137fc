#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <string>
#include <sys/types.h>

namespace talos::posix {

/// The method of open_beneath. It switches to `by_component` permanently if openat2(2) is missing or rejected by a seccomp
/// filter. Only tests choose `by_component`.
enum class Beneath { openat2, by_component };

/// Opens `path` (relative, without `..`) below the directory `at` with O_CLOEXEC. No component may be a symbolic link. Fails with
/// ELOOP for a link and with EXDEV for a path that is absolute or contains `..`. `what` of a failure is `open SHOWN`.
[[nodiscard]] Result<UniqueFd> open_beneath(int at, const std::string& path, int flags, mode_t mode, const std::string& shown,
                                            Beneath how = Beneath::openat2);

}   // namespace talos::posix

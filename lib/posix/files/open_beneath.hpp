#pragma once
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <string>
#include <sys/types.h>

namespace talos::posix {

/// How open_beneath asks the kernel. `by_component` is what it falls back to for good when openat2(2) is missing or a seccomp filter
/// refuses it; choosing it is for tests.
enum class Beneath { openat2, by_component };

/// Opens `path` (relative, without `..`) below the directory `at`, with O_CLOEXEC: no symbolic link is followed, in no component.
/// Fails with ELOOP for a link, EXDEV for a path that is absolute or has `..`. `what` of a failure: `open SHOWN`.
[[nodiscard]] Result<UniqueFd> open_beneath(int at, const std::string& path, int flags, mode_t mode, const std::string& shown,
                                            Beneath how = Beneath::openat2);

}   // namespace talos::posix

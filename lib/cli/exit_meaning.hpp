#pragma once
#include "core/exit_status.hpp"
#include <string>

namespace talos::cli {

/// What an end like this means: `SIGSEGV: a memory fault: ...`. `stopping`: talosd was stopping it.
[[nodiscard]] std::string meaning_of(const ExitStatus& status, bool stopping);

}  // namespace talos::cli

// cli/views: What `status`, `why` and `events` show of the documents that they got.
// They decide words and columns, not facts.
// Begin with status_view.hpp.
#pragma once
#include "core/exit_status.hpp"
#include <string>

namespace talos::cli {

/// What an end like this means: `SIGSEGV: a memory fault: ...`. `stopping`: talosd was stopping it.
[[nodiscard]] std::string meaning_of(const ExitStatus& status, bool stopping);

}   // namespace talos::cli

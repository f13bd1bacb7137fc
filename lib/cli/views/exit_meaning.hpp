// cli/views: The output of `status`, `why` and `events`. They choose words and columns; the facts come from the documents. Begin
// with status_view.hpp.
#pragma once
#include "core/exit_status.hpp"
#include <string>

namespace talos::cli {

/// What an exit status means, in sentences. `stopping`: talosd was stopping the process.
[[nodiscard]] std::string meaning_of(const ExitStatus& status, bool stopping);

}   // namespace talos::cli

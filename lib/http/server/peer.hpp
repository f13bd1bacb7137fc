#pragma once
#include "state/requester.hpp"
#include <string>

namespace talos::http {

/// Who connected, by the kernel's word; the program is not looked up.
[[nodiscard]] state::Requester peer_of(int socket);

/// The name that the process has now; empty when it cannot be known.
[[nodiscard]] std::string program_of(pid_t pid);

}   // namespace talos::http

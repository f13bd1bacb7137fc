#pragma once
#include "state/requester.hpp"
#include <string>

namespace talos::http {

/// The peer's credentials as recorded by the kernel. The program name is not looked up.
[[nodiscard]] state::Requester peer_of(int socket);

/// The current name of the process; empty if unknown.
[[nodiscard]] std::string program_of(pid_t pid);

}   // namespace talos::http

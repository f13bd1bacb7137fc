#include "core/exit_status.hpp"

#include "core/signal_name.hpp"

namespace talos {

std::string to_text(const ExitStatus& status) {
    if (status.signal == 0) return "exit code " + std::to_string(status.code);
    return signal_name(status.signal) + (status.core_dumped ? " (core dumped)" : "");
}

}   // namespace talos

#include "state/pid_file.hpp"
#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// Whatever a PID file holds, what comes out can be one process and no more: never -1, never 0, and only for digits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto pid = talos::state::parse_pid(text);
    if (!pid) return 0;
    if (*pid < 1 || *pid > 4'194'304 || size > 11) std::abort();
    if (text.find_first_not_of("0123456789\n") != std::string_view::npos) std::abort();
    if (talos::state::parse_pid(std::to_string(*pid) + "\n") != pid) std::abort();
    return 0;
}

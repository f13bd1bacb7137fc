#pragma once
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>

namespace talos::posix {

/// The sender of a signal, as reported by the kernel.
struct SignalSender {
    pid_t pid = 0;   ///< 0 if it is in another PID namespace
    uid_t uid = 0;
    std::string program;   ///< /proc/PID/comm when the signal arrived, in one line; empty if unknown
};

/// Installs handlers that record the sender of these signals and then call the handlers that are installed now (Asio's). For one
/// thread.
void note_signal_senders(std::span<const int> signals);

/// Takes the sender of the last `signal`. Returns nullopt if the kernel sent it (a terminal, on Ctrl-C).
[[nodiscard]] std::optional<SignalSender> take_signal_sender(int signal);

}   // namespace talos::posix

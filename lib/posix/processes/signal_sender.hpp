#pragma once
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>

namespace talos::posix {

/// The process that sent a signal, as the kernel names it.
struct SignalSender {
    pid_t pid = 0;   ///< 0: of another PID namespace
    uid_t uid = 0;
    std::string program;   ///< /proc/PID/comm when the signal came, in one line; empty when it is not known
};

/// From here on notes who sends these signals, in handlers that then call the ones which are set now (Asio's). One thread.
void note_signal_senders(std::span<const int> signals);

/// Of the last `signal` that came, once. Nothing when the kernel sent it, as a terminal does at Ctrl-C.
[[nodiscard]] std::optional<SignalSender> take_signal_sender(int signal);

}   // namespace talos::posix

#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace talos {

/// Resource usage of a process that has ended, including the children that it waited for (getrusage(2)).
struct Usage {
    std::chrono::microseconds user{};
    std::chrono::microseconds system{};
    std::int64_t max_rss_kib = 0;
    friend bool operator==(const Usage&, const Usage&) = default;
};

/// How a process ended: with an exit code, or by a signal. `code` is meaningless if `signal` is not 0.
struct ExitStatus {
    int code = 0;
    int signal = 0;
    bool core_dumped = false;
    Usage usage{};

    [[nodiscard]] bool clean() const { return signal == 0 && code == 0; }
    friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

/// `exit code 3`, `SIGSEGV (core dumped)`
[[nodiscard]] std::string to_text(const ExitStatus& status);

/// The status that a shell reports: the exit code, or 128 + signal.
[[nodiscard]] inline int shell_code(const ExitStatus& status) { return status.signal != 0 ? 128 + status.signal : status.code; }

}   // namespace talos

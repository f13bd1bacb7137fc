#include "core/signal_name.hpp"

#include <array>
#include <charconv>
#include <csignal>

namespace talos {
namespace {

struct Named {
    std::string_view name;   // without the SIG prefix
    int number;
};

// The first name for a number is used for output. All names are accepted as input.
constexpr std::array<Named, 34> names{{
    {"HUP", SIGHUP},       {"INT", SIGINT},   {"QUIT", SIGQUIT},     {"ILL", SIGILL},   {"TRAP", SIGTRAP},   {"ABRT", SIGABRT},
    {"BUS", SIGBUS},       {"FPE", SIGFPE},   {"KILL", SIGKILL},     {"USR1", SIGUSR1}, {"SEGV", SIGSEGV},   {"USR2", SIGUSR2},
    {"PIPE", SIGPIPE},     {"ALRM", SIGALRM}, {"TERM", SIGTERM},     {"CHLD", SIGCHLD}, {"CONT", SIGCONT},   {"STOP", SIGSTOP},
    {"TSTP", SIGTSTP},     {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},     {"URG", SIGURG},   {"XCPU", SIGXCPU},   {"XFSZ", SIGXFSZ},
    {"PROF", SIGPROF},     {"IO", SIGIO},     {"VTALRM", SIGVTALRM}, {"SYS", SIGSYS},   {"WINCH", SIGWINCH}, {"PWR", SIGPWR},
    {"STKFLT", SIGSTKFLT}, {"IOT", SIGABRT},  {"POLL", SIGIO},       {"CLD", SIGCHLD},
}};

constexpr int highest_signal = _NSIG - 1;

std::optional<int> whole_number(std::string_view digits, int lowest, int highest) {
    int number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    if (error != std::errc{} || stop != end || number < lowest || number > highest) return std::nullopt;
    return number;
}

/// `RTMIN`, `RTMIN+3`, `RTMAX`, `RTMAX-2`
std::optional<int> real_time(std::string_view name) {
    const bool from_low = name.starts_with("RTMIN");
    if (!from_low && !name.starts_with("RTMAX")) return std::nullopt;
    const int base = from_low ? SIGRTMIN : SIGRTMAX;
    name.remove_prefix(5);
    if (name.empty()) return base;
    if (name.front() != (from_low ? '+' : '-')) return std::nullopt;
    const auto offset = whole_number(name.substr(1), 0, SIGRTMAX - SIGRTMIN);
    if (!offset) return std::nullopt;
    return from_low ? base + *offset : base - *offset;
}

}   // namespace

std::optional<int> signal_number(std::string_view name) {
    constexpr std::size_t longest_name = 16;
    if (name.empty() || name.size() > longest_name) return std::nullopt;
    std::string upper(name);
    for (char& c : upper) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');   // independent of the locale
    }
    std::string_view rest = upper;
    if (rest.starts_with("SIG")) rest.remove_prefix(3);
    for (const auto& known : names) {
        if (known.name == rest) return known.number;
    }
    if (const auto number = real_time(rest)) return number;
    return whole_number(rest, 1, highest_signal);
}

std::string signal_name(int number) {
    for (const auto& known : names) {
        if (known.number == number) return "SIG" + std::string(known.name);
    }
    if (number == SIGRTMIN) return "SIGRTMIN";
    if (number > SIGRTMIN && number <= SIGRTMAX) return "SIGRTMIN+" + std::to_string(number - SIGRTMIN);
    return "SIG" + std::to_string(number);
}

}   // namespace talos

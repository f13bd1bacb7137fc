#include "posix/processes/ending.hpp"
#include "posix/processes/proc.hpp"
#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdint>

namespace talos::posix {
namespace {

constexpr std::size_t longest = 16'384;

std::uint64_t number(std::string_view text, int base) {
    std::uint64_t value = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

/// Parses /proc/PID/stat after the process name, which may contain any byte. The first word is the state and the seventh contains
/// the flags.
enum class Stage { unknown, exiting, over };
Stage stage_of(std::string_view stat) {
    constexpr std::uint64_t exiting = 0x4, dumps_core = 0x200,
                            killed = 0x400;   // PF_* of <linux/sched.h>; the flags are public (proc(5))
    constexpr std::size_t state = 0, flags = 6;
    stat.remove_prefix(stat.rfind(')') == std::string_view::npos ? stat.size() : stat.rfind(')') + 1);
    std::array<std::string_view, flags + 1> words;
    for (auto& word : words) {
        stat.remove_prefix(std::min(stat.find_first_not_of(' '), stat.size()));
        word = stat.substr(0, stat.find(' '));
        stat.remove_prefix(word.size());
    }
    if (words[state] == "Z" || words[state] == "X") return Stage::over;
    return (number(words[flags], 10) & (exiting | dumps_core | killed)) != 0 ? Stage::exiting : Stage::unknown;
}

/// Whether SIGKILL is in the set of pending signals in this line of /proc/PID/status. The kernel keeps it pending until the
/// process has ended.
bool has_sigkill(std::string_view status, std::string_view line) {
    constexpr std::uint64_t sigkill = std::uint64_t{1} << (SIGKILL - 1);
    auto at = status.find(line);   // the process name cannot contain a newline here: it is escaped
    if (at == std::string_view::npos) return false;
    at = status.find_first_not_of(" \t", at + line.size());
    return at != std::string_view::npos && (number(status.substr(at), 16) & sigkill) != 0;
}

}   // namespace

bool says_ending(std::string_view stat, std::string_view status) {
    switch (stage_of(stat)) {
    case Stage::over: return false;
    case Stage::exiting: return true;
    case Stage::unknown: return has_sigkill(status, "\nSigPnd:") || has_sigkill(status, "\nShdPnd:");
    }
    __builtin_unreachable();
}

bool is_ending(pid_t pid) {
    const auto directory = ProcessDirectory::open(pid);
    if (!directory) return false;
    const auto stat = directory->read("stat", longest);
    const auto status = directory->read("status", longest);
    return says_ending(stat ? *stat : std::string(), status ? *status : std::string());
}

}   // namespace talos::posix

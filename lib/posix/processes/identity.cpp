#include "posix/processes/identity.hpp"
#include "posix/files/file.hpp"
#include "posix/processes/pidfd.hpp"
#include "posix/processes/proc.hpp"
#include <array>
#include <charconv>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace talos::posix {
namespace {

constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

std::uint64_t boottime_nanoseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * nanoseconds_per_second + static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t nanoseconds_per_tick() {
    static const std::uint64_t length = nanoseconds_per_second / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return length;
}

std::string read_boot_id() {
    auto text = read_file("/proc/sys/kernel/random/boot_id", 256);
    if (!text) return {};
    while (!text->empty() && text->back() == '\n') text->pop_back();
    return *text;
}

std::uint64_t read_own_namespace() {
    struct stat info {};
    return ::stat("/proc/self/ns/pid", &info) == 0 ? static_cast<std::uint64_t>(info.st_ino) : 0;
}

/// Removes the next word from the front of `text`.
std::string_view take_word(std::string_view& text) {
    const auto begin = std::min(text.find_first_not_of(" \n"), text.size());
    text.remove_prefix(begin);
    const auto word = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(word.size());
    return word;
}

template <class Number>
bool read_number(std::string_view word, Number& number) {
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc{} && stop == word.data() + word.size();
}

}   // namespace

const std::string& boot_id() {
    static const std::string id = read_boot_id();
    return id;
}

std::uint64_t pid_namespace() {
    static const std::uint64_t inode = read_own_namespace();
    return inode;
}

Result<ProcessIdentity> own_identity() {
    const pid_t pid = ::getpid();
    std::array<char, 32> shown{};
    const ssize_t length = ::readlink("/proc/self", shown.data(), shown.size());
    if (length < 0) return last_error("find this process in /proc, which must be mounted");
    if (parse_pid({shown.data(), static_cast<std::size_t>(length)}) != pid) {
        return refused("/proc belongs to another PID namespace than this process; mount a separate proc file system");
    }
    const auto stat = read_stat(pid);
    if (!stat) return stat.error();
    return ProcessIdentity{pid, stat->start_ticks, boot_id(), pid_namespace()};
}

std::optional<ProcessStat> parse_stat(std::string_view text) {
    // The command name is in parentheses and may contain any byte, even `) R 1 (`. No later field contains a parenthesis.
    const auto name_end = text.rfind(')');
    if (name_end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(name_end + 1);

    constexpr std::size_t state = 3, ppid = 4, group = 5, session = 6, flags = 9, times = 14, start = 22, pages = 24, code = 26,
                          environment = 50;   // as in proc(5)
    std::array<std::string_view, environment + 2> fields;
    for (std::size_t i = state; i <= environment + 1; ++i) fields.at(i) = take_word(text);

    constexpr std::uint64_t kernel_thread = 0x00200000;   // PF_KTHREAD of <linux/sched.h>
    ProcessStat stat;
    std::uint64_t flag_bits = 0;
    if (fields[state].size() != 1 || !read_number(fields[ppid], stat.ppid) || !read_number(fields[group], stat.process_group) ||
        !read_number(fields[session], stat.session) || !read_number(fields[flags], flag_bits) ||
        !read_number(fields[start], stat.start_ticks)) {
        return std::nullopt;
    }
    stat.state = fields[state].front();
    stat.kernel_thread = (flag_bits & kernel_thread) != 0;
    for (std::size_t i = times; i < times + 4; ++i) {
        std::uint64_t ticks = 0;
        if (read_number(fields.at(i), ticks)) stat.cpu_ticks += ticks;
    }
    (void)read_number(fields[pages], stat.resident_pages);
    // The kernel writes the line from left to right, and execve(2) sets the code address last. If that address is set, the
    // environment address is valid.
    std::uint64_t code_address = 0;
    (void)read_number(fields[environment], stat.environment_at);
    stat.no_environment = read_number(fields[code], code_address) && code_address != 0 && !fields[environment].empty() &&
                          fields[environment] == fields[environment + 1];
    return stat;
}

Result<ProcessStat> read_stat(pid_t pid) {
    const auto directory = ProcessDirectory::open(pid);
    if (!directory) return directory.error();
    return directory->stat();
}

std::uint64_t boottime_ticks() { return boottime_nanoseconds() / nanoseconds_per_tick(); }

std::uint64_t child_start_ticks(pid_t pid, std::uint64_t ticks_before, std::uint64_t ticks_after) {
    if (ticks_before == ticks_after) return ticks_before;
    const auto stat = read_stat(pid);
    return stat ? stat->start_ticks : 0;
}

WallTime started_at(std::uint64_t start_ticks) {
    const auto wall = std::chrono::system_clock::now();
    const auto age =
        static_cast<std::int64_t>(boottime_nanoseconds()) - static_cast<std::int64_t>(start_ticks * nanoseconds_per_tick());
    return std::chrono::time_point_cast<Millis>(wall - std::chrono::nanoseconds(age));
}

Result<UniqueFd> open_process(const ProcessIdentity& identity) {
    const std::string what = "process " + std::to_string(identity.pid);
    if (identity.pid <= 0) return failure_of(ESRCH, what);
    if (identity.boot_id != boot_id()) return failure_of(EPERM, what + " was recorded before this boot");
    if (identity.pid_namespace != pid_namespace()) return failure_of(EPERM, what + " is in another PID namespace");

    auto pidfd = pidfd_open(identity.pid);
    if (!pidfd) return pidfd;
    const auto stat = read_stat(identity.pid);
    if (!stat) return stat.error().errno_value() == ENOENT ? failure_of(ESRCH, what) : stat.error();
    if (stat->start_ticks != identity.start_ticks) return failure_of(ESRCH, what + " is another one now");
    if (stat->state == 'Z' || stat->state == 'X') return failure_of(ESRCH, what + " has ended");
    return pidfd;
}

}   // namespace talos::posix

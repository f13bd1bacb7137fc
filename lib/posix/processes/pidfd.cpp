#include "posix/processes/pidfd.hpp"
#include <algorithm>
#include <limits>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace talos::posix {
namespace {

constexpr int wait_for_pid = 1;   // P_PID and P_PIDFD are enumerators in glibc, P_PIDFD only since 2.36
constexpr int wait_for_pidfd = 3;

std::chrono::microseconds to_microseconds(const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

ExitStatus exit_status_of(const siginfo_t& info, const rusage& usage) {
    ExitStatus status;
    if (info.si_code == CLD_EXITED) {
        status.code = info.si_status;
    } else {
        status.signal = info.si_status;
        status.core_dumped = info.si_code == CLD_DUMPED;
    }
    status.usage = {to_microseconds(usage.ru_utime), to_microseconds(usage.ru_stime), usage.ru_maxrss};
    return status;
}

/// Calls the system call directly, because waitid(3) of glibc does not return the resource usage.
Result<std::optional<ExitStatus>> wait_without_hanging(int id_type, int id) {
    siginfo_t info{};
    rusage usage{};
    if (::syscall(SYS_waitid, id_type, id, &info, WEXITED | WNOHANG | __WALL, &usage) < 0) {
        return last_error((id_type == wait_for_pidfd ? "waitid pidfd " : "waitid ") + std::to_string(id));
    }
    if (info.si_pid == 0) return std::optional<ExitStatus>{};
    return std::optional{exit_status_of(info, usage)};
}

Peek peek(idtype_t which, pid_t id, int news) {
    siginfo_t info{};
    if (::waitid(which, static_cast<id_t>(id), &info, news | WNOHANG | WNOWAIT | __WALL) < 0)
        return {errno == ECHILD ? Peek::What::no_children : Peek::What::none, 0};
    if (info.si_pid == 0) return {Peek::What::none, 0};
    const bool over = info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
    return {over ? Peek::What::ended : Peek::What::changed, info.si_pid};
}

int poll_timeout(SteadyTime deadline) {
    const auto left = std::chrono::ceil<Millis>(deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

}   // namespace

Result<UniqueFd> pidfd_open(pid_t pid) {
    const std::string what = "pidfd_open " + std::to_string(pid);
    if (pid <= 0) return failure_of(EINVAL, what);
    UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
    if (!fd) return last_error(what);
    return fd;
}

Result<> send_signal(const UniqueFd& pidfd, int signal) {
    if (::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0U) < 0) {
        return last_error("pidfd_send_signal " + std::to_string(signal));
    }
    return {};
}

Result<> signal_group(pid_t leader, int signal) {
    const std::string what = "signal " + std::to_string(signal) + " to process group " + std::to_string(leader);
    if (leader <= 1) return failure_of(EINVAL, what);
    if (::kill(-leader, signal) < 0) return last_error(what);
    return {};
}

Result<std::optional<ExitStatus>> reap(const UniqueFd& pidfd) { return wait_without_hanging(wait_for_pidfd, pidfd.get()); }

Result<std::optional<ExitStatus>> reap(pid_t pid) {
    if (pid <= 0) return failure_of(ECHILD, "waitid " + std::to_string(pid));
    return wait_without_hanging(wait_for_pid, pid);
}

Peek peek_ended_child() { return peek(P_ALL, 0, WEXITED); }

Peek peek_child() { return peek(P_ALL, 0, WEXITED | WSTOPPED | WCONTINUED); }

Peek peek_child(pid_t pid) {
    if (pid <= 0) return {Peek::What::no_children, 0};
    return peek(P_PID, pid, WEXITED | WSTOPPED | WCONTINUED);
}

std::optional<StopChange> take_stop_change(pid_t pid) {
    siginfo_t info{};
    if (pid <= 0 || ::waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WCONTINUED | WNOHANG | __WALL) < 0 ||
        info.si_pid == 0)
        return std::nullopt;
    if (info.si_code == CLD_CONTINUED) return StopChange{};
    return StopChange{true, info.si_status};
}

bool has_ended(const UniqueFd& pidfd) {
    pollfd entry{pidfd.get(), POLLIN, 0};
    return ::poll(&entry, 1, 0) > 0 && (entry.revents & POLLIN) != 0;
}

bool wait_ended(std::span<const UniqueFd* const> pidfds, SteadyTime deadline, const std::function<bool()>& interrupted) {
    std::vector<pollfd> left;
    left.reserve(pidfds.size());
    for (const UniqueFd* pidfd : pidfds) {
        if (*pidfd) left.push_back({pidfd->get(), POLLIN, 0});
    }
    while (!left.empty()) {
        const int timeout = poll_timeout(deadline);
        const int ready = ::poll(left.data(), left.size(), timeout);
        if (ready < 0 && errno == EINTR) {
            if (interrupted && interrupted()) return false;
            continue;
        }
        if (ready < 0) return false;
        std::erase_if(left, [](const pollfd& entry) { return (entry.revents & POLLIN) != 0; });
        if (ready == 0 && timeout == 0) break;
    }
    return left.empty();
}

}   // namespace talos::posix

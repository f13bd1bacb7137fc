#include "system/talos/household.hpp"

#include "posix/processes/marks.hpp"
#include "posix/processes/proc.hpp"
#include "posix/rights/unique_fd.hpp"
#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace talos::test {

Proc proc(pid_t pid) {
    const std::string text = read_text("/proc/" + std::to_string(pid) + "/stat");
    const auto after_name = text.rfind(')');
    if (after_name == std::string::npos) return {};
    std::istringstream fields(text.substr(after_name + 2));
    Proc found;
    found.pid = pid;
    pid_t group = 0;
    fields >> found.state >> found.ppid >> group >> found.session;
    std::string skipped;
    for (int field = 7; field <= 21; ++field) fields >> skipped;
    fields >> found.start_ticks;
    return found;
}

bool alive(pid_t pid) {
    const auto found = proc(pid);
    return found.pid != 0 && found.state != 'Z' && found.state != 'X';
}

std::vector<std::string> environment_of(pid_t pid) {
    std::istringstream text(read_text("/proc/" + std::to_string(pid) + "/environ"));
    std::vector<std::string> entries;
    for (std::string entry; std::getline(text, entry, '\0');) entries.push_back(entry);
    return entries;
}

bool has_entry(pid_t pid, const std::string& entry) {
    const auto entries = environment_of(pid);
    if (std::find(entries.begin(), entries.end(), entry) != entries.end()) return true;
    const std::string run = "TALOS_RUN=";
    if (!entry.starts_with(run)) return false;
    const auto marks = posix::parse_marks(read_text("/proc/" + std::to_string(pid) + "/environ"));
    return posix::number_of_mark(entry.substr(run.size()), marks.worker, marks.run).has_value();
}

std::vector<pid_t> processes_with(const std::string& entry) {
    std::vector<pid_t> found;
    std::error_code ignored;
    for (const auto& item : std::filesystem::directory_iterator("/proc", ignored)) {
        const std::string name = item.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        const auto pid = static_cast<pid_t>(std::stol(name));
        if (has_entry(pid, entry) && alive(pid)) found.push_back(pid);
    }
    return found;
}

Household::Household() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

Household& Household::get() {
    static Household household;
    return household;
}

std::vector<pid_t> Household::adopted() {
    const std::string self = std::to_string(::getpid());
    std::istringstream children(read_text("/proc/self/task/" + self + "/children"));
    std::vector<pid_t> found;
    for (pid_t child = 0; children >> child;) {
        if (known_.contains(child)) continue;
        if (::waitpid(child, nullptr, WNOHANG) == 0) found.push_back(child);
    }
    return found;
}

void Household::end_adopted() {
    // Each of them is an unreaped child of ours, so its PID cannot be somebody else's.
    (void)eventually([this] {
        const auto left = adopted();
        for (const pid_t child : left) {
            const posix::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
            if (pidfd) ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
        }
        return left.empty();
    });
}

}   // namespace talos::test

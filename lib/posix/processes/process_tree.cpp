#include "posix/processes/process_tree.hpp"
#include "posix/processes/proc.hpp"
#include <algorithm>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::posix {
namespace {

void append_listed_children(pid_t pid, std::vector<pid_t>& pids) {
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    // The directory has two links of its own and one for each thread. Most processes have one thread, so listing the directory is
    // unnecessary.
    constexpr nlink_t links_of_one_thread = 3;
    struct stat info {};
    if (::stat(tasks.c_str(), &info) == 0 && info.st_nlink == links_of_one_thread)
        return append_pids(AT_FDCWD, tasks + "/" + std::to_string(pid) + "/children", pids);
    const auto close = [](DIR* dir) { ::closedir(dir); };
    const std::unique_ptr<DIR, decltype(close)> dir(::opendir(tasks.c_str()), close);
    if (!dir) return;
    while (const dirent* entry = ::readdir(dir.get())) {
        if (parse_pid(entry->d_name)) append_pids(::dirfd(dir.get()), std::string(entry->d_name) + "/children", pids);
    }
}

bool alive(const ProcessStat& stat) { return stat.state != 'Z' && stat.state != 'X' && !stat.kernel_thread; }

ProcessIdentity identity_of(pid_t pid, const ProcessStat& stat) { return {pid, stat.start_ticks, boot_id(), pid_namespace()}; }

}   // namespace

Result<> become_subreaper() {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) return last_error("prctl PR_SET_CHILD_SUBREAPER");
    return {};
}

ChildrenList::ChildrenList() : file_(::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC)) {}

Result<> ChildrenList::read(std::vector<pid_t>& pids) {
    pids.clear();
    if (!file_) {
        pids = scan_children(::getpid());
        return {};
    }
    text_.resize(std::max<std::size_t>(text_.size(), 16 * 1024));
    std::size_t filled = 0;
    for (;;) {
        if (filled == text_.size()) text_.resize(filled * 2);
        const ssize_t got = ::pread(file_.get(), text_.data() + filled, text_.size() - filled, static_cast<off_t>(filled));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_error("read /proc/self/task/TID/children");
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    parse_pids({text_.data(), filled}, pids);
    return {};
}

std::vector<pid_t> children_of(pid_t pid) {
    if (pid <= 0) return {};
    if (!kernel_lists_children()) return scan_children(pid);
    std::vector<pid_t> pids;
    append_listed_children(pid, pids);
    return pids;
}

std::vector<ProcessIdentity> find_in_session(pid_t session) {
    std::vector<ProcessIdentity> found;
    if (session <= 0) return found;
    for (const pid_t pid : list_processes()) {
        const auto stat = read_stat(pid);
        if (stat && stat->session == session && alive(*stat)) found.push_back(identity_of(pid, *stat));
    }
    return found;
}

}   // namespace talos::posix

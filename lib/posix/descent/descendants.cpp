#include "posix/descent/descendants.hpp"

#include "posix/processes/identity.hpp"
#include "posix/processes/proc.hpp"
#include "posix/processes/process_tree.hpp"
#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::posix {

bool Descendants::step(SteadyTime end) {
    if (!kernel_lists_children()) return scan();
    while (advance())
        if (std::chrono::steady_clock::now() >= end) return false;
    return true;
}

/// Runs one step. Returns false when there is nothing left to read.
bool Descendants::advance() {
    switch (at_) {
    case At::parent: open_list(); return true;
    case At::threads: read_list_of_thread(); return true;
    case At::children:
        if (!children_.empty()) {
            take_child();
            return true;
        }
        if (next_ == found_.size()) return false;
        parent_ = found_[next_++];
        at_ = At::parent;
        return true;
    }
    __builtin_unreachable();
}

/// The directory has two links of its own and one for each thread. Most processes have one thread, so listing the directory is
/// unnecessary.
void Descendants::open_list() {
    constexpr nlink_t links_of_one_thread = 3;
    const std::string tasks = "/proc/" + std::to_string(parent_.pid) + "/task";
    read_at_ = boottime_ticks();
    struct stat info {};
    const bool one_thread = ::stat(tasks.c_str(), &info) == 0 && info.st_nlink == links_of_one_thread;
    if (one_thread) append_pids(AT_FDCWD, tasks + "/" + std::to_string(parent_.pid) + "/children", children_);
    else threads_.reset(::opendir(tasks.c_str()));
    if (threads_) at_ = At::threads;
    else check_parent();
}

void Descendants::read_list_of_thread() {
    const dirent* entry = ::readdir(threads_.get());
    if (entry != nullptr) {
        if (parse_pid(entry->d_name)) append_pids(::dirfd(threads_.get()), std::string(entry->d_name) + "/children", children_);
        return;
    }
    threads_.reset();
    check_parent();
}

/// The list was read by PID. It is valid only if the PID still refers to the same process.
void Descendants::check_parent() {
    at_ = At::children;
    if (children_.empty() || parent_.start_ticks == 0) return;
    const auto stat = read_stat(parent_.pid);
    if (!stat || stat->start_ticks != parent_.start_ticks) children_.clear();
    else std::reverse(children_.begin(), children_.end());   // processed from the back
}

void Descendants::take_child() {
    const pid_t child = children_.back();
    children_.pop_back();
    if (seen_.contains(child)) return;
    const auto stat = read_stat(child);
    if (!stat || stat->ppid != parent_.pid || stat->start_ticks > read_at_) return;
    seen_.insert(child);
    found_.push_back({child, stat->start_ticks});
}

/// The fallback for kernels without CONFIG_PROC_CHILDREN: finds descendants by parent in a list of all processes.
bool Descendants::scan() {
    for (const pid_t pid : scan_descendants(parent_.pid))
        if (const auto stat = read_stat(pid)) found_.push_back({pid, stat->start_ticks});
    return true;
}

std::vector<pid_t> descendants_of(pid_t pid) {
    if (pid <= 0) return {};
    Descendants all({pid, 0});
    while (!all.step(SteadyTime::max())) {}
    std::vector<pid_t> pids;
    for (const auto& process : all.found()) pids.push_back(process.pid);
    return pids;
}

}   // namespace talos::posix

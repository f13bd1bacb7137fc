#include "posix/descent/cgroup.hpp"
#include "posix/processes/pidfd.hpp"
#include "posix/processes/proc.hpp"
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <utility>

/// Operations on the processes in a tree's cgroups, and the removal of cgroups.
namespace talos::posix {

namespace {

/// Processes may nest cgroups as deep as the kernel allows. Each level needs an open descriptor while it is read.
constexpr int deepest = 64;
/// For kernels without cgroup.kill. Processes in a frozen cgroup do not fork, so two rounds are sufficient.
constexpr int kill_rounds = 4;

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

Directory open_directory_in(int parent, const char* name) {
    const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR* const opened = fd < 0 ? nullptr : ::fdopendir(fd);
    if (fd >= 0 && opened == nullptr) ::close(fd);
    return {opened, &::closedir};
}

std::vector<std::string> directories_in(DIR* directory) {
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(directory)) {
        const std::string_view name = entry->d_name;
        if (entry->d_type == DT_DIR && name != "." && name != "..") names.emplace_back(name);
    }
    return names;
}

void append_processes(int directory, std::vector<pid_t>& pids) {
    const UniqueFd file(::openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC));
    if (!file) return;
    std::string text;
    std::array<char, 4096> block;
    for (ssize_t got = 0; (got = ::read(file.get(), block.data(), block.size())) > 0;) {
        text.append(block.data(), static_cast<std::size_t>(got));
    }
    std::string_view rest = text;
    while (!rest.empty()) {   // a 0 stands for a process without a PID in this PID namespace
        const auto end = std::min(rest.find('\n'), rest.size());
        if (const auto pid = parse_pid(rest.substr(0, end))) pids.push_back(*pid);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

void append_all(int parent, const char* name, std::vector<pid_t>& pids, int depth) {
    const auto directory = open_directory_in(parent, name);
    if (!directory) return;
    append_processes(::dirfd(directory.get()), pids);
    if (depth >= deepest) return;
    for (const auto& below : directories_in(directory.get()))
        append_all(::dirfd(directory.get()), below.c_str(), pids, depth + 1);
}

/// Removes children first. If something remains, removing its parent reports it.
void remove_below(int parent, const char* name, int depth) {
    const auto directory = open_directory_in(parent, name);
    if (!directory) return;
    for (const auto& below : directories_in(directory.get())) {
        if (::unlinkat(::dirfd(directory.get()), below.c_str(), AT_REMOVEDIR) == 0 || depth >= deepest) continue;
        remove_below(::dirfd(directory.get()), below.c_str(), depth + 1);
        (void)::unlinkat(::dirfd(directory.get()), below.c_str(), AT_REMOVEDIR);
    }
}

}   // namespace

bool remove_with_children(int parent, const std::string& name) {
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
    remove_below(parent, name.c_str(), 0);
    return ::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT;
}

std::vector<pid_t> CgroupTree::processes(const std::string& leaf) const {
    std::vector<pid_t> pids;
    append_all(directory_.get(), leaf.c_str(), pids, 0);
    return pids;
}

void CgroupTree::thaw(const std::string& leaf) const { (void)write_to(leaf, "cgroup.freeze", "0"); }

bool CgroupSignal::step(SteadyTime end) {
    if (!listed_) {
        listed_ = true;
        if (signal_ != SIGKILL && signal_ != SIGSTOP) tree_.thaw(leaf_);   // like SIGCONT for stopped processes
        left_ = tree_.processes(leaf_);
        std::reverse(left_.begin(), left_.end());   // processed from the back
    }
    while (!left_.empty()) {
        signal_one(left_.back());
        left_.pop_back();
        if (std::chrono::steady_clock::now() >= end) break;
    }
    return left_.empty();
}

/// The pidfd is open. If the process with this PID is still in the cgroup, the signal reaches that process.
void CgroupSignal::signal_one(pid_t pid) {
    const auto pidfd = pidfd_open(pid);
    if (!pidfd || tree_.leaf_of(pid) != leaf_ || !send_signal(*pidfd, signal_)) return;
    if (signal_ != SIGKILL && signal_ != SIGSTOP) (void)send_signal(*pidfd, SIGCONT);
    signalled_.push_back(pid);
}

std::vector<pid_t> CgroupTree::signal(const std::string& leaf, int signal) const {
    CgroupSignal all(*this, leaf, signal);
    while (!all.step(SteadyTime::max())) {}
    return all.signalled();
}

Result<> CgroupTree::kill(const std::string& leaf) const {
    const auto killed = write_to(leaf, "cgroup.kill", "1");
    if (killed) return {};
    const int error = killed.error().errno_value();
    if (error == ENODEV) return {};   // removed in the meantime
    if (error != ENOENT) return killed;
    if (::faccessat(directory_.get(), leaf.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) < 0) return {};
    (void)write_to(leaf, "cgroup.freeze", "1");   // SIGKILL also ends frozen processes
    for (int round = 0; round < kill_rounds && !signal(leaf, SIGKILL).empty(); ++round) {}
    (void)write_to(leaf, "cgroup.freeze", "0");
    return {};
}

std::vector<std::string> CgroupTree::leaves() const {
    const auto directory = open_directory_in(directory_.get(), ".");
    return directory ? directories_in(directory.get()) : std::vector<std::string>{};
}

Result<> CgroupTree::remove(const std::string& leaf) const {
    if (remove_with_children(directory_.get(), leaf)) return {};
    return last_error("rmdir " + where_ + "/" + leaf);
}

Result<> CgroupTree::remove() const {
    Result<> all;
    for (const auto& leaf : leaves())
        if (auto removed = remove(leaf); !removed) all = std::move(removed);
    if (!all) return all;
    if (::rmdir(where_.c_str()) < 0 && errno != ENOENT) return last_error("rmdir " + where_);
    return {};
}

}   // namespace talos::posix

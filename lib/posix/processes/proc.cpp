#include "posix/processes/proc.hpp"
#include <algorithm>
#include <array>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <utility>

namespace talos::posix {

std::optional<pid_t> parse_pid(std::string_view text) {
    pid_t pid = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, pid);
    if (error != std::errc{} || stop != end || pid <= 0) return std::nullopt;
    return pid;
}

void parse_pids(std::string_view text, std::vector<pid_t>& pids) {
    constexpr std::string_view space = " \n";
    for (auto begin = text.find_first_not_of(space); begin != std::string_view::npos;
         begin = text.find_first_not_of(space, begin)) {
        const auto end = std::min(text.find_first_of(space, begin), text.size());
        const auto pid = parse_pid(text.substr(begin, end - begin));
        if (!pid) return;
        pids.push_back(*pid);
        begin = end;
    }
}

Marks parse_marks(std::string_view environment) {
    const std::string run_prefix = std::string(run_variable) + "=";
    const std::string worker_prefix = std::string(worker_variable) + "=";
    std::optional<std::string> run;
    std::optional<std::string> worker;
    const std::string hook_prefix = std::string(hook_variable) + "=";
    bool hook = false;
    while (!environment.empty()) {
        const auto end = std::min(environment.find('\0'), environment.size());
        const auto entry = environment.substr(0, end);
        if (!run && entry.starts_with(run_prefix)) run = entry.substr(run_prefix.size());
        if (!worker && entry.starts_with(worker_prefix)) worker = entry.substr(worker_prefix.size());
        hook = hook || entry.starts_with(hook_prefix);
        environment.remove_prefix(std::min(end + 1, environment.size()));
    }
    return {run.value_or(""), worker.value_or(""), hook};
}

std::vector<pid_t> list_processes() {
    std::vector<pid_t> pids;
    const auto close = [](DIR* dir) { ::closedir(dir); };
    const std::unique_ptr<DIR, decltype(close)> dir(::opendir("/proc"), close);
    if (!dir) return pids;
    const pid_t self = ::getpid();
    while (const dirent* entry = ::readdir(dir.get())) {
        const auto pid = parse_pid(entry->d_name);
        if (pid && *pid != self) pids.push_back(*pid);
    }
    return pids;
}

Result<ProcessDirectory> ProcessDirectory::open(pid_t pid) {
    std::string path = "/proc/" + std::to_string(pid);
    if (pid <= 0) return failure_of(ESRCH, "open " + path);
    UniqueFd fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return last_error("open " + path);
    return ProcessDirectory(std::move(fd), pid);
}

Result<std::string> ProcessDirectory::read(const char* name, std::size_t limit) const {
    const auto operand = [&] { return "/proc/" + std::to_string(pid_) + "/" + name; };
    const UniqueFd file(::openat(fd_.get(), name, O_RDONLY | O_CLOEXEC));
    if (!file) return last_error("open " + operand());
    std::string text;
    std::size_t filled = 0;
    while (filled < limit) {
        text.resize(std::min(limit, std::max<std::size_t>(4096, filled * 2)));
        const ssize_t got = ::read(file.get(), text.data() + filled, text.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_error("read " + operand());
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    text.resize(filled);
    return text;
}

Result<ProcessStat> ProcessDirectory::stat() const {
    const auto operand = [&] { return "/proc/" + std::to_string(pid_) + "/stat"; };
    const UniqueFd file(::openat(fd_.get(), "stat", O_RDONLY | O_CLOEXEC));
    if (!file) return last_error("open " + operand());
    std::array<char, 1024> text;   // one read(2) returns the whole line; scans read it for every process
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    if (size < 0) return last_error("read " + operand());
    const auto parsed = parse_stat({text.data(), static_cast<std::size_t>(size)});
    if (!parsed) return refused(operand() + " is not in the format of proc(5)");
    return *parsed;
}

namespace {

using Parentage = std::vector<std::pair<pid_t, pid_t>>;   // parent, child

Parentage scan_parentage() {
    Parentage all;
    for (const pid_t pid : list_processes()) {
        if (const auto stat = read_stat(pid)) all.emplace_back(stat->ppid, pid);
    }
    std::sort(all.begin(), all.end());
    return all;
}

void append_children(const Parentage& all, pid_t parent, std::vector<pid_t>& pids) {
    for (auto at = std::lower_bound(all.begin(), all.end(), std::pair{parent, pid_t{0}}); at != all.end() && at->first == parent;
         ++at) {
        pids.push_back(at->second);
    }
}

}   // namespace

std::vector<pid_t> scan_children(pid_t parent) {
    std::vector<pid_t> pids;
    append_children(scan_parentage(), parent, pids);
    return pids;
}

std::vector<pid_t> scan_descendants(pid_t ancestor) {
    const auto all = scan_parentage();
    std::vector<pid_t> pids;
    append_children(all, ancestor, pids);
    // Parents may change during the scan, so a cycle is possible. The limit is the number of processes.
    for (std::size_t next = 0; next < pids.size() && pids.size() <= all.size(); ++next) append_children(all, pids[next], pids);
    return pids;
}

void append_pids(int directory, const std::string& name, std::vector<pid_t>& pids) {
    const UniqueFd file(::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return;
    std::string text;
    std::array<char, 4096> block;
    for (ssize_t got = 0; (got = ::read(file.get(), block.data(), block.size())) > 0;) {
        text.append(block.data(), static_cast<std::size_t>(got));
    }
    parse_pids(text, pids);
}

bool kernel_lists_children() {
    static const bool lists = ::access("/proc/thread-self/children", R_OK) == 0;
    return lists;
}

}   // namespace talos::posix

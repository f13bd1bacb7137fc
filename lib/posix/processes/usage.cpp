#include "posix/processes/usage.hpp"
#include "posix/processes/proc.hpp"
#include <dirent.h>
#include <memory>
#include <unistd.h>
#include <utility>

namespace talos::posix {

bool StatsReader::read_until(SteadyTime end) {
    if (!std::exchange(listed_, true)) {
        left_ = list_processes();
        left_.push_back(::getpid());
    }
    while (!left_.empty()) {
        const pid_t pid = left_.back();
        left_.pop_back();
        const auto stat = read_stat(pid);
        if (stat && !stat->kernel_thread && stat->state != 'Z' && stat->state != 'X') all_.emplace(pid, *stat);
        if (std::chrono::steady_clock::now() >= end) break;
    }
    return left_.empty();
}

std::unordered_map<pid_t, ProcessStat> read_all_stats() {
    StatsReader reader;
    (void)reader.read_until(SteadyTime::max());
    return std::move(reader.all());
}

double seconds_of_ticks(std::uint64_t ticks) {
    static const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
    return static_cast<double>(ticks) / per_second;
}

std::uint64_t bytes_of_pages(std::uint64_t pages) {
    static const auto size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return pages * size;
}

std::uint64_t count_descriptors() {
    const auto close = [](DIR* dir) { ::closedir(dir); };
    const std::unique_ptr<DIR, decltype(close)> dir(::opendir("/proc/self/fd"), close);
    std::uint64_t count = 0;
    while (dir) {
        const dirent* entry = ::readdir(dir.get());
        if (entry == nullptr) break;
        if (entry->d_name[0] != '.') ++count;
    }
    return count > 0 ? count - 1 : 0;   // without the descriptor of this read
}

}   // namespace talos::posix

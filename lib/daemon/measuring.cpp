#include "daemon/measuring.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <unistd.h>

namespace talos::daemon {

namespace {

constexpr std::chrono::milliseconds longest_step{5};

}   // namespace

bool Measuring::step() {
    const auto end = std::chrono::steady_clock::now() + longest_step;
    if (!read_) {
        read_ = reader_.read_until(end);
        if (!read_) return false;
        for (const auto& [pid, stat] : reader_.all()) left_.push_back(pid);
    }
    while (!left_.empty()) {
        const pid_t pid = left_.back();
        left_.pop_back();
        add(pid, reader_.all().at(pid));
        if (std::chrono::steady_clock::now() >= end) break;
    }
    return left_.empty();
}

api::Metrics Measuring::metrics() {
    if (unknown_)
        aio::asio::post(services_.executor, [&services = services_] { services.trees_changed(); });   // for the next answer
    const auto own = reader_.all().find(::getpid());
    return finish_(by_worker_, own == reader_.all().end() ? nullptr : &own->second);
}

void Measuring::add(pid_t pid, const posix::ProcessStat& stat) {
    auto* usage = usage_of(pid);
    if (usage == nullptr) return;
    ++usage->processes;
    usage->cpu_seconds += posix::seconds_of_ticks(stat.cpu_ticks);
    usage->resident_bytes += posix::bytes_of_pages(stat.resident_pages);
}

/// Finds the worker by the session of the process, otherwise by the first ancestor whose worker is known by its session,
/// otherwise by what Orphans knows about the ancestor that is a child of talosd. Each process is checked once, regardless of the
/// depth of the trees.
Measuring::Usage* Measuring::usage_of(pid_t pid) {
    const pid_t self = ::getpid();
    std::vector<pid_t> path;
    Usage* found = nullptr;
    for (pid_t at = pid; at > 1 && at != self;) {
        if (const auto known = usage_of_.find(at); known != usage_of_.end()) {
            // nullptr for a process on this path: the reads were at different times, so a cycle is possible.
            found = known->second;
            break;
        }
        const auto stat = reader_.all().find(at);
        if (stat == reader_.all().end()) break;
        usage_of_.emplace(at, nullptr);
        path.push_back(at);
        if (const engine::Runner* leader = services_.processes.leader_of(stat->second.session)) {
            found = of(leader);
            break;
        }
        if (stat->second.ppid == self) {
            const engine::Runner* owner = orphans_.owner_of(at);
            unknown_ = unknown_ || (owner == nullptr && !orphans_.knows(at) && !services_.processes.is_helper(at));
            found = of(owner);
            break;
        }
        at = stat->second.ppid;
    }
    if (found != nullptr)
        for (const pid_t on_path : path) usage_of_[on_path] = found;
    return found;
}

}   // namespace talos::daemon

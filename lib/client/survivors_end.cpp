#include "client/survivors.hpp"
#include "posix/processes/pidfd.hpp"
#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <poll.h>
#include <set>
#include <utility>

namespace talos::client {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Millis kernel_grace{5'000};    // after SIGKILL; a process that is alive after that will not exit
constexpr Millis kill_round{50};         // repeats until processes forked during the kill have exited, too
constexpr Millis unwatched_round{100};   // search interval if there are more processes than descriptors for pidfds
constexpr std::size_t watch_limit = 256;
constexpr Millis longest_wait = std::chrono::hours(24 * 365);

/// The leftover processes of one worker that are being ended.
struct Group {
    std::string worker;
    std::vector<config::StopStep> plan;
    std::vector<posix::ProcessIdentity> processes;   // as of the latest search
    std::vector<std::string> cgroups;
    std::size_t step = 0;   // the next step; the plan's size means SIGKILL
    SteadyTime due{};
    bool killed = false;
    std::set<std::pair<pid_t, std::uint64_t>> signalled;
    std::vector<posix::UniqueFd> watched;
};

class Ending {
public:
    Ending(SurvivorSearch& search, Millis give_up, const std::function<void(const SurvivorEvent&)>& report,
           const Patience& patience)
        : search_(search), report_(report), patience_(patience),
          plans_until_(Clock::now() + std::clamp(give_up, Millis{0}, longest_wait)) {
        const auto& cgroup = search.document().head.cgroup;
        if (cgroup.path.empty()) return;
        if (auto tree = posix::CgroupTree::open(cgroup)) tree_.emplace(std::move(*tree));
    }

    bool run() {
        for (;;) {
            const auto before = Clock::now();
            search();
            if (groups_.empty()) return true;
            const auto now = Clock::now();
            if (now >= plans_until_ + kernel_grace) return false;
            for (auto& group : groups_) {
                if (now >= plans_until_ && !group.killed) {
                    group.step = group.plan.size();
                    group.due = now;
                }
                if (group.due <= now) signal(group, now);
            }
            // A search reads all processes. When many groups exit one after the other, they share a search.
            wait(now + 2 * (now - before));
        }
    }

private:
    void search() {
        std::vector<Group> left;
        auto all = search_.find();
        if (const auto unread = search_.take_unread(); !unread.empty()) emit({SurvivorEvent::What::unread, unread, 0, 0, {}});
        for (auto& found : all) {
            const auto known =
                std::find_if(groups_.begin(), groups_.end(), [&](const Group& g) { return g.worker == found.worker; });
            Group group;
            if (known != groups_.end()) {
                group = std::move(*known);
                groups_.erase(known);
            } else {
                group.worker = std::move(found.worker);
                group.plan = std::move(found.stop);
                group.due = Clock::now();
            }
            group.processes = std::move(found.processes);
            group.cgroups = std::move(found.cgroups);
            group.watched.clear();
            left.push_back(std::move(group));
        }
        std::swap(groups_, left);
        for (const auto& ended : left) emit({SurvivorEvent::What::gone, ended.worker, 0, ended.signalled.size(), {}});
        watch();
    }

    void watch() {
        std::size_t watched = 0;
        unwatched_ = false;
        for (auto& group : groups_) {
            for (const auto& process : group.processes) {
                auto pidfd =
                    watched < watch_limit ? posix::open_process(process) : Result<posix::UniqueFd>(failure_of(EMFILE, ""));
                if (pidfd) {
                    group.watched.push_back(std::move(*pidfd));
                    ++watched;
                } else if (pidfd.error().errno_value() != ESRCH) {
                    unwatched_ = true;
                }
            }
        }
    }

    void signal(Group& group, SteadyTime now) {
        const bool kill = group.step >= group.plan.size();
        const int number = kill ? SIGKILL : group.plan[group.step].signal;
        const Millis wait = kill ? Millis{0} : std::clamp(group.plan[group.step].wait, Millis{0}, longest_wait);
        std::size_t count = 0;
        for (const auto& process : group.processes) {
            const auto pidfd = posix::open_process(process);
            if (!pidfd || !posix::send_signal(*pidfd, number)) continue;
            if (!kill) (void)posix::send_signal(*pidfd, SIGCONT);   // so that a stopped process can act on the signal
            group.signalled.emplace(process.pid, process.start_ticks);
            ++count;
        }
        if (kill && tree_)   // also kills processes that were forked meanwhile
            for (const auto& leaf : group.cgroups) (void)tree_->kill(leaf);
        if (count > 0 && (!kill || !group.killed)) emit({SurvivorEvent::What::signalled, group.worker, number, count, wait});
        group.killed = kill;
        group.due = now + (kill ? kill_round : wait);
        if (!kill) ++group.step;
    }

    /// Waits until the next step is due or all known processes of a group have ended; the latter not before `earliest`.
    void wait(SteadyTime earliest) {
        SteadyTime until = Clock::now() + longest_wait;
        for (const auto& group : groups_) {
            until = std::min(until, group.due);
            if (!group.killed) until = std::min(until, plans_until_);
        }
        if (unwatched_) until = std::min(until, Clock::now() + unwatched_round);
        while (Clock::now() < until) {
            if (drop_ended()) until = std::min(until, std::max(earliest, Clock::now()));
            std::vector<pollfd> open{{patience_.fd, POLLIN, 0}};   // poll ignores a negative descriptor
            for (const auto& group : groups_) {
                for (const auto& pidfd : group.watched) open.push_back({pidfd.get(), POLLIN, 0});
            }
            const auto left = std::chrono::ceil<Millis>(until - Clock::now()).count();
            if (left > 0) (void)::poll(open.data(), open.size(), static_cast<int>(std::min<Millis::rep>(left, 3'600'000)));
            if (open.front().revents != 0 && patience_.lost()) {
                until = Clock::now();
                plans_until_ = std::min(plans_until_, until);
            }
        }
    }

    /// Drops ended processes. Returns true if a group has no processes left.
    bool drop_ended() {
        bool emptied = false;
        for (auto& group : groups_) {
            std::erase_if(group.watched, [](const posix::UniqueFd& pidfd) { return posix::has_ended(pidfd); });
            emptied = emptied || group.watched.empty();
        }
        return emptied && !unwatched_;
    }

    void emit(const SurvivorEvent& event) const {
        if (report_) report_(event);
    }

    SurvivorSearch& search_;
    const std::function<void(const SurvivorEvent&)>& report_;
    const Patience& patience_;
    std::optional<posix::CgroupTree> tree_;
    SteadyTime plans_until_;
    std::vector<Group> groups_;
    bool unwatched_ = false;
};

}   // namespace

bool end_survivors(SurvivorSearch& search, Millis give_up, const std::function<void(const SurvivorEvent&)>& report,
                   const Patience& patience) {
    const bool ended = Ending(search, give_up, report, patience).run();
    remove_left_cgroups(search.document());
    return ended;
}

bool end_survivors(const state::StatusDocument& document, Millis give_up, const std::function<void(const SurvivorEvent&)>& report,
                   const Patience& patience) {
    SurvivorSearch search(document);
    return end_survivors(search, give_up, report, patience);
}

}   // namespace talos::client

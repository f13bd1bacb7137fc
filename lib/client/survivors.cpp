#include "client/survivors.hpp"
#include "posix/processes/proc.hpp"
#include "posix/processes/process_tree.hpp"
#include "posix/processes/usage.hpp"
#include <algorithm>
#include <map>
#include <unistd.h>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace talos::client {
namespace {

using posix::ProcessIdentity;
using posix::ProcessStat;

bool is_alive(const ProcessStat& stat) { return stat.state != 'Z' && stat.state != 'X' && !stat.kernel_thread; }

/// Whether it is still the same process. A zombie counts: it also prevents reuse of its PID.
bool still_there(pid_t pid, std::uint64_t start_ticks) {
    const auto stat = posix::read_stat(pid);
    return stat && stat->start_ticks == start_ticks;
}

/// This process, its ancestors and PID 1.
std::unordered_set<pid_t> untouchable() {
    std::unordered_set<pid_t> pids{1};
    for (pid_t pid = ::getpid(); pid > 1 && pids.insert(pid).second;) {
        const auto stat = posix::read_stat(pid);
        pid = stat ? stat->ppid : 0;
    }
    return pids;
}

Result<posix::CgroupTree> tree_of(const state::StatusDocument& document) {
    if (document.head.cgroup.path.empty()) return refused("no cgroup is recorded");
    return posix::CgroupTree::open(document.head.cgroup);
}

/// One search of all processes for those that belong to the run of a document.
class Search {
public:
    Search(const state::StatusDocument& document, posix::MarkSearch& marks) : document_(document), untouchable_(untouchable()) {
        for (std::size_t i = 0; i < document.workers.size(); ++i) group_of_worker_.emplace(document.workers[i].name, i);
        // Taken before the search: a session member that is alive then and after the search has kept its session's number from
        // being reused.
        marked_ = marks.find(unproven());
        for (const pid_t pid : posix::list_processes()) {
            if (const auto stat = posix::read_stat(pid)) processes_.emplace(pid, *stat);
        }
    }

    std::vector<Survivors> run() {
        claim_mains();
        claim_cgroups();
        claim_sessions();
        claim_marked();   // after the sessions: session membership is stronger evidence than an inherited name
        claim_descendants();
        return grouped();
    }

    /// Whether the process belongs to the run. Call after run().
    bool proves(const posix::MemoryOf& process) const { return claimed_.contains(process.pid); }

private:
    static constexpr std::size_t no_worker = static_cast<std::size_t>(-1);   // belongs to the run, but to no listed worker

    /// The processes to check for a mark: those that may belong to the run and that no kernel fact has proved to.
    std::unordered_map<pid_t, ProcessStat> unproven() const {
        auto processes = posix::read_all_stats();
        std::erase_if(processes, [&](const auto& entry) {
            return entry.second.start_ticks < document_.head.identity.start_ticks || untouchable_.contains(entry.first);
        });
        for (const auto& worker : document_.workers) {
            const auto found = processes.find(worker.pid);
            if (found != processes.end() && found->second.start_ticks == worker.start_ticks) processes.erase(found);
        }
        if (const auto tree = tree_of(document_)) {
            for (const auto& leaf : tree->leaves())
                if (posix::parse_leaf(leaf))
                    for (const pid_t pid : tree->processes(leaf)) processes.erase(pid);
        }
        return processes;
    }

    void claim(pid_t pid, std::uint64_t start_ticks, std::size_t group) {
        if (untouchable_.contains(pid) || !claimed_.emplace(pid, Claim{start_ticks, group}).second) return;
        order_.push_back(pid);
    }

    const ProcessStat* process(pid_t pid) const {
        const auto found = processes_.find(pid);
        return found == processes_.end() ? nullptr : &found->second;
    }

    void claim_mains() {
        for (std::size_t i = 0; i < document_.workers.size(); ++i) {
            const auto& worker = document_.workers[i];
            const auto* stat = worker.pid > 0 ? process(worker.pid) : nullptr;
            if (stat != nullptr && stat->start_ticks == worker.start_ticks && is_alive(*stat)) {
                claim(worker.pid, worker.start_ticks, i);
            }
        }
    }

    /// By their names: the document may lag behind the latest starts.
    void claim_cgroups() {
        const auto tree = tree_of(document_);
        if (!tree) return;
        for (const auto& leaf : tree->leaves()) {
            const auto parsed = posix::parse_leaf(leaf);
            if (!parsed) continue;
            const auto found = group_of_worker_.find(parsed->worker);
            const bool of_worker = found != group_of_worker_.end() && parsed->kind != posix::CgroupKind::helper;
            const auto group = !of_worker ? no_worker : found->second;
            bool killable = true;
            for (const pid_t pid : tree->processes(leaf)) {
                if (untouchable_.contains(pid)) killable = false;   // the cgroup as a whole must not be killed
                const auto stat = posix::read_stat(pid);
                if (!stat || !is_alive(*stat) || tree->leaf_of(pid) != leaf) continue;
                processes_.insert_or_assign(pid, *stat);
                claim(pid, stat->start_ticks, group);
            }
            if (killable) cgroups_[group].push_back(leaf);
        }
    }

    /// A time, in start ticks, at which every recorded main process was alive: the latest start in the document. (`updatedAt` is
    /// unsuitable: it is wall-clock time, and the clock may have been set since.)
    std::uint64_t documented_ticks() const {
        const auto now = posix::boottime_ticks();
        std::uint64_t latest = 0;
        const auto consider = [&](std::uint64_t ticks) {
            if (ticks <= now) latest = std::max(latest, ticks);
        };
        consider(document_.head.identity.start_ticks);
        for (const auto& worker : document_.workers) {
            if (worker.pid > 0) consider(worker.start_ticks);
        }
        return latest;
    }

    bool is_marked(pid_t pid, std::uint64_t ticks) const {
        return std::any_of(marked_.begin(), marked_.end(), [&](const posix::Marked& found) {
            return found.identity.pid == pid && found.identity.start_ticks == ticks;
        });
    }

    /// Proves that `session`, the session of a recorded main process, has belonged to the run until now.
    bool is_witness(pid_t pid, std::uint64_t ticks, pid_t session, std::size_t group, std::uint64_t documented) const {
        const auto main_ticks = document_.workers[group].start_ticks;
        const bool main = pid == session && ticks == main_ticks;
        const bool early = ticks >= main_ticks && ticks <= documented;
        const auto claimed = claimed_.find(pid);
        const bool in_cgroup =
            claimed != claimed_.end() && claimed->second.start_ticks == ticks && claimed->second.group == group;
        return (main || early || in_cgroup || is_marked(pid, ticks)) && still_there(pid, ticks);
    }

    void claim_sessions() {
        std::unordered_map<pid_t, std::size_t> worker_of_session;
        for (std::size_t i = 0; i < document_.workers.size(); ++i) {
            if (document_.workers[i].pid > 1) worker_of_session.emplace(document_.workers[i].pid, i);
        }
        std::unordered_map<pid_t, std::vector<pid_t>> members;
        for (const auto& [pid, stat] : processes_) {
            if (worker_of_session.contains(stat.session)) members[stat.session].push_back(pid);
        }
        const auto documented = documented_ticks();
        for (const auto& entry : members) {
            const pid_t session = entry.first;
            const auto group = worker_of_session.at(session);
            const auto main_ticks = document_.workers[group].start_ticks;
            const auto* leader = process(session);
            if (leader != nullptr && leader->start_ticks != main_ticks) continue;   // another process has this PID now
            const bool witnessed = std::any_of(entry.second.begin(), entry.second.end(), [&](pid_t pid) {
                return is_witness(pid, process(pid)->start_ticks, session, group, documented);
            });
            if (!witnessed) continue;
            for (const pid_t pid : entry.second) {
                if (is_alive(*process(pid))) claim(pid, process(pid)->start_ticks, group);
            }
        }
    }

    void claim_marked() {
        for (const auto& found : marked_) {
            const auto group = group_of_worker_.find(found.worker);
            claim(found.identity.pid, found.identity.start_ticks, group == group_of_worker_.end() ? no_worker : group->second);
        }
    }

    void claim_descendants() {
        std::unordered_map<pid_t, std::vector<pid_t>> children;
        for (const auto& [pid, stat] : processes_) {
            if (is_alive(stat)) children[stat.ppid].push_back(pid);
        }
        for (std::size_t next = 0; next < order_.size(); ++next) {   // grows during the loop
            const pid_t parent = order_[next];
            const auto found = children.find(parent);
            if (found == children.end()) continue;
            const auto [ticks, group] = claimed_.at(parent);
            if (!still_there(parent, ticks)) continue;
            for (const pid_t child : found->second) claim(child, process(child)->start_ticks, group);
        }
    }

    std::vector<Survivors> grouped() const {
        std::map<std::size_t, Survivors> groups;
        for (const pid_t pid : order_) {
            const auto& claim = claimed_.at(pid);
            auto& survivors = groups[claim.group];
            if (survivors.processes.empty() && claim.group != no_worker) {
                survivors.worker = document_.workers[claim.group].name;
                survivors.stop = document_.workers[claim.group].stop;
            } else if (survivors.processes.empty()) {
                survivors.stop = {config::StopStep{}};
            }
            survivors.processes.push_back({pid, claim.start_ticks, posix::boot_id(), posix::pid_namespace()});
        }
        std::vector<Survivors> result;
        result.reserve(groups.size());
        for (auto& [group, survivors] : groups) {
            if (const auto found = cgroups_.find(group); found != cgroups_.end()) survivors.cgroups = found->second;
            result.push_back(std::move(survivors));
        }
        return result;
    }

    struct Claim {
        std::uint64_t start_ticks;
        std::size_t group;   // index into the document's workers, or `no_worker`
    };

    const state::StatusDocument& document_;
    std::unordered_set<pid_t> untouchable_;
    std::unordered_map<std::string, std::size_t> group_of_worker_;
    std::vector<posix::Marked> marked_;
    std::unordered_map<pid_t, ProcessStat> processes_;
    std::unordered_map<pid_t, Claim> claimed_;
    std::vector<pid_t> order_;                                  // main processes first
    std::map<std::size_t, std::vector<std::string>> cgroups_;   // by group
};

}   // namespace

/// Starts with processes of its own user: without cgroups and `user`, leftover processes are among these.
SurvivorSearch::SurvivorSearch(const state::StatusDocument& document)
    : document_(document), marks_(document.head.run, {::geteuid()}) {}

std::vector<Survivors> SurvivorSearch::find() {
    const auto& identity = document_.head.identity;
    if (identity.boot_id != posix::boot_id() || identity.pid_namespace != posix::pid_namespace()) return {};
    Search search(document_, marks_);
    auto found = search.run();
    for (const auto& process : marks_.take_unread())
        if (!search.proves(process)) unread_.push_back(process);
    return found;
}

std::string SurvivorSearch::take_unread() {
    const auto unread = std::exchange(unread_, {});
    if (unread.empty()) return {};
    return posix::text_of_unread(unread) + (unread.size() == 1 ? " has" : " have") +
           " an unreadable environment; a leftover process of a worker would not be recognized";
}

std::vector<Survivors> find_survivors(const state::StatusDocument& document) { return SurvivorSearch(document).find(); }

void remove_left_cgroups(const state::StatusDocument& document) {
    if (document.head.identity.boot_id != posix::boot_id()) return;
    if (const auto tree = tree_of(document)) (void)tree->remove();
}

}   // namespace talos::client

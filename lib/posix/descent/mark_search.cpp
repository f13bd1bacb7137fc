#include "posix/descent/mark_search.hpp"

#include "posix/children/memory_reader.hpp"
#include "posix/processes/marks.hpp"
#include "posix/processes/proc.hpp"
#include "posix/processes/process_tree.hpp"
#include "posix/processes/usage.hpp"
#include <algorithm>
#include <unistd.h>

namespace talos::posix {

namespace {

bool alive(const ProcessStat& stat) { return stat.state != 'Z' && stat.state != 'X' && !stat.kernel_thread; }

bool made_with(const std::string& secret, const Marks& marks) {
    return !marks.run.empty() && (marks.run == secret || number_of_mark(secret, marks.worker, marks.run));
}

}   // namespace

bool MarkSearch::is_known(pid_t pid, const ProcessStat& stat) const {
    const auto found = known_.find(pid);
    return found != known_.end() && found->second.start_ticks == stat.start_ticks &&
           found->second.environment_at == stat.environment_at;
}

std::vector<Marked> MarkSearch::find(const std::unordered_map<pid_t, ProcessStat>& processes) {
    std::vector<Marked> marked;
    if (secret_.empty()) return marked;
    std::vector<MemoryOf> fresh;
    for (const auto& [pid, stat] : processes) {
        if (!alive(stat) || pid == ::getpid() || is_known(pid, stat)) continue;
        if (const auto user = user_of(pid)) fresh.push_back({pid, stat.start_ticks, *user});
    }
    std::sort(fresh.begin(), fresh.end(), [](const auto& a, const auto& b) { return a.pid < b.pid; });
    const auto memory = read_memory(fresh, longest_, first_);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
        const auto pid = fresh[i].pid;
        Known known{fresh[i].start_ticks, processes.at(pid).environment_at, std::nullopt};
        if (!memory[i]) unread_.push_back(fresh[i]);
        else if (made_with(secret_, memory[i]->marks)) known.worker = memory[i]->marks.worker;
        known_.insert_or_assign(pid, std::move(known));
    }
    for (const auto& entry : processes) {
        const pid_t pid = entry.first;
        const auto found = known_.find(pid);
        if (found == known_.end() || !found->second.worker || found->second.start_ticks != entry.second.start_ticks) continue;
        const auto stat = read_stat(pid);
        if (stat && alive(*stat) && stat->start_ticks == found->second.start_ticks)
            marked.push_back({{pid, stat->start_ticks, boot_id(), pid_namespace()}, *found->second.worker});
    }
    std::sort(marked.begin(), marked.end(), [](const auto& a, const auto& b) { return a.identity.pid < b.identity.pid; });
    return marked;
}

std::vector<Marked> find_marked(const std::string& secret) { return MarkSearch(secret).find(read_all_stats()); }

std::string text_of_unread(const std::vector<MemoryOf>& unread) {
    constexpr std::size_t most = 10;
    std::string text;
    for (std::size_t i = 0; i < std::min(unread.size(), most); ++i)
        text.append(i == 0 ? "" : ", ")
            .append("pid ")
            .append(std::to_string(unread[i].pid))
            .append(" (")
            .append(command_name(unread[i].pid))
            .append(", uid ")
            .append(std::to_string(unread[i].user))
            .append(")");
    if (unread.size() > most) text += " and " + std::to_string(unread.size() - most) + " more";
    return text;
}

}   // namespace talos::posix

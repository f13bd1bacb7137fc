#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

namespace talos::test {

/// What /proc says about a process; `pid` is 0 when there is none.
struct Proc {
    pid_t pid = 0;
    char state = '?';
    pid_t ppid = 0;
    pid_t session = 0;
    std::uint64_t start_ticks = 0;
};
[[nodiscard]] Proc proc(pid_t pid);
/// There, and no zombie.
[[nodiscard]] bool alive(pid_t pid);
/// The lines of /proc/PID/environ; empty when there is none.
[[nodiscard]] std::vector<std::string> environment_of(pid_t pid);
[[nodiscard]] bool has_entry(pid_t pid, const std::string& entry);
/// Live processes whose environment has this entry; for "TALOS_RUN=SECRET": those with a mark that was made with it.
[[nodiscard]] std::vector<pid_t> processes_with(const std::string& entry);

/// This test is a subreaper: whatever escapes a talosd that it started becomes its child as soon as that talosd is gone. So
/// "nothing is left" is what the kernel says, and the clean-up can reach everything that this test started and nothing else.
class Household {
public:
    static Household& get();
    void add(pid_t child) { known_.insert(child); }
    void remove(pid_t child) { known_.erase(child); }

    /// Live children that nobody here started: what a talosd left behind. Zombies among them are reaped.
    [[nodiscard]] std::vector<pid_t> adopted();
    /// SIGKILL to those and to all that they leave behind, until there are none.
    void end_adopted();

private:
    Household();
    std::set<pid_t> known_;
};

}   // namespace talos::test

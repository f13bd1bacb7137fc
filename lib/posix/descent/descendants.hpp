#pragma once
#include "core/time.hpp"
#include "posix/descent/tree_member.hpp"
#include <cstddef>
#include <cstdint>
#include <dirent.h>
#include <memory>
#include <sys/types.h>
#include <unordered_set>
#include <vector>

namespace talos::posix {

/// Lists the descendants of a process in slices: any user can start thousands, and each takes several reads of /proc. Parents
/// come before their children. If a PID is reused in the meantime, the children of the new process are not included.
class Descendants {
public:
    /// start_ticks 0: the caller guarantees that the PID of the root is not reused.
    explicit Descendants(ProcessKey root) : parent_(root), seen_{root.pid} {}

    /// Runs until `end`, but takes at least one step. Returns true when all descendants were read.
    [[nodiscard]] bool step(SteadyTime end);
    /// Without the root, including zombies.
    [[nodiscard]] const std::vector<ProcessKey>& found() const { return found_; }

private:
    using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;
    [[nodiscard]] bool advance();
    void open_list();
    void read_list_of_thread();
    void check_parent();
    void take_child();
    [[nodiscard]] bool scan();

    ProcessKey parent_;   // the process whose children are being listed
    std::vector<ProcessKey> found_;
    std::size_t next_ = 0;             // index in found_ of the next parent
    std::unordered_set<pid_t> seen_;   // a PID that is reused during the scan could form a cycle
    std::vector<pid_t> children_;      // of the parent, not processed yet
    std::uint64_t read_at_ = 0;        // boot time in ticks; a process that started later is not the listed one
    Directory threads_{nullptr, &::closedir};
    enum class At : std::uint8_t { parent, threads, children } at_ = At::parent;
};

/// The descendants of `pid`, parents before children, without `pid`. A snapshot: repeat until it is empty.
[[nodiscard]] std::vector<pid_t> descendants_of(pid_t pid);

}   // namespace talos::posix

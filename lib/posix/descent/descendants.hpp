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

/// Lists the descendants of a process in parts: any user can have thousands, and each takes several reads of /proc. Parents come before their
/// children. A PID that has come to mean another process meanwhile does not lead to that process's children.
class Descendants {
public:
    /// start_ticks 0: the root's PID is not given to another process meanwhile.
    explicit Descendants(ProcessKey root) : parent_(root), seen_{root.pid} {}

    /// Reads until then, something at least; true when all were read.
    [[nodiscard]] bool step(SteadyTime end);
    /// Without the root, zombies included.
    [[nodiscard]] const std::vector<ProcessKey>& found() const { return found_; }

private:
    using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;
    [[nodiscard]] bool go_on();
    void open_list();
    void read_list_of_thread();
    void check_parent();
    void take_child();
    [[nodiscard]] bool scan();

    ProcessKey parent_;   // whose children are looked for
    std::vector<ProcessKey> found_;
    std::size_t next_ = 0;             // in found_: the next parent
    std::unordered_set<pid_t> seen_;   // a PID used again while we read could close a circle
    std::vector<pid_t> children_;      // of the parent, not yet taken
    std::uint64_t read_at_ = 0;        // ticks: who has begun later is not the one in the list
    Directory threads_{nullptr, &::closedir};
    enum class At : std::uint8_t { parent, threads, children } at_ = At::parent;
};

/// `pid`'s descendants, parents before children, without `pid` itself. A snapshot: repeat until empty.
[[nodiscard]] std::vector<pid_t> descendants_of(pid_t pid);

}   // namespace talos::posix

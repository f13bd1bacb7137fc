#pragma once
#include "aio/kernel.hpp"
#include "core/time.hpp"
#include "posix/descent/cgroup.hpp"
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>
#include <unordered_set>
#include <vector>

namespace talos::turn {

/// A signal to the processes of a cgroup, and then to children of talosd with all their descendants; in parts, for SlicedWork.
class SignalWork {
public:
    SignalWork(aio::Kernel& kernel, int signal) : kernel_(kernel), signal_(signal) {}

    void add_cgroup(posix::CgroupSignal members) { members_.emplace(std::move(members)); }
    /// The children that have these numbers now.
    void add_trees(std::span<const pid_t> children);
    /// These have got it by other means.
    void add_signalled(std::span<const pid_t> pids);

    /// Goes on until then, with one process at least; true when all have got it.
    [[nodiscard]] bool step(SteadyTime end);
    [[nodiscard]] std::size_t count() const { return signalled_.size() + in_trees_; }
    /// Those of the cgroup.
    [[nodiscard]] std::vector<pid_t> members() const { return members_ ? members_->signalled() : std::vector<pid_t>{}; }

private:
    aio::Kernel& kernel_;
    int signal_;
    std::optional<posix::CgroupSignal> members_;
    bool members_done_ = false;
    std::unordered_set<pid_t> signalled_;
    std::vector<std::pair<pid_t, std::unique_ptr<aio::Kernel::TreeSignal>>> trees_;
    std::size_t next_ = 0;
    std::size_t in_trees_ = 0;
};

/// `pid 3, 5, 8 and 120 more`
[[nodiscard]] std::string pids_text(std::span<const pid_t> pids);

}   // namespace talos::turn

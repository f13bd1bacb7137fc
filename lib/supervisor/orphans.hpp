#pragma once
#include "core/result.hpp"
#include "posix/process_tree.hpp"
#include "supervisor/runner.hpp"
#include <chrono>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace talos::supervisor {

/// The children that talosd did not spawn: what its workers' processes left behind when they ended. Each belongs to a worker by
/// its session, else by the marks in its environment, else to nobody. Ownership is decided once: until we reap it, an orphan's
/// PID means that orphan.
class Orphans {
public:
    using FindWorker = std::function<Runner*(const std::string& name)>;

    Orphans(const ProcessTable& processes, std::string run, FindWorker find_worker);

    /// Reads the children list. Afterwards every owner can be told what is its own.
    [[nodiscard]] Result<> refresh();
    /// Nothing is left: the kernel said ECHILD.
    void clear();
    void reaped(pid_t pid) { owners_.erase(pid); }

    [[nodiscard]] bool empty() const { return owners_.empty(); }
    [[nodiscard]] std::vector<pid_t> all() const;
    /// Of `runner`'s run, or nobody's for nullptr.
    [[nodiscard]] std::vector<pid_t> of(const Runner* runner) const;
    /// What a hook of `runner` has left behind.
    [[nodiscard]] std::vector<pid_t> of_hook(const Runner* runner) const;
    /// Those of `runner` that the last refresh found for the first time.
    [[nodiscard]] std::vector<pid_t> fresh_of(const Runner* runner) const;

    /// How long the last refresh took: it grows with the number of children.
    [[nodiscard]] std::chrono::steady_clock::duration cost() const { return cost_; }

    /// Of a child that is no worker's main process; nobody's: nullptr.
    [[nodiscard]] const Runner* owner_of(pid_t pid) const { return find_owner(pid).runner; }

private:
    struct Owner {
        const Runner* runner = nullptr;
        bool of_hook = false;
        friend bool operator==(const Owner&, const Owner&) = default;
    };
    [[nodiscard]] Owner find_owner(pid_t pid) const;
    [[nodiscard]] std::vector<pid_t> owned_by(const Owner& owner) const;

    const ProcessTable& processes_;
    std::string run_;
    FindWorker find_worker_;
    posix::ChildrenList children_;
    std::vector<pid_t> listed_;
    std::unordered_map<pid_t, Owner> owners_;
    std::vector<pid_t> fresh_;
    std::chrono::steady_clock::duration cost_{};
};

}  // namespace talos::supervisor

#pragma once
#include "aio/types.hpp"
#include "posix/descent/cgroup.hpp"
#include "turn/services.hpp"
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace talos::turn {

/// The cgroup of a worker's run, of a hook or of a probe. All calls are harmless where talosd has no cgroup, or where this one could
/// not be made. Its end removes the directory, as soon as that is empty.
class RunCgroup {
public:
    enum class Share : std::uint8_t { one, several };   ///< several: more of this kind may exist for the worker at a time
    RunCgroup(Services& services, posix::CgroupKind kind, std::string worker, Share share = Share::one);
    RunCgroup(const RunCgroup&) = delete;
    RunCgroup& operator=(const RunCgroup&) = delete;
    ~RunCgroup();

    /// The directory for the next spawn, made if need be; an empty descriptor where there is none. A run gets the directory of the run
    /// before it if the kernel has said that this is empty, and a new one otherwise. Fails where it cannot be made.
    [[nodiscard]] Result<posix::UniqueFd> enter();

    /// Whether any process is in it, by what the kernel says. Without descriptors to ask: whether it can be removed.
    [[nodiscard]] bool populated();

    /// Removes the directory if no process is in it, which only the kernel can know: one call where populated() and release() are four.
    /// False while any is.
    [[nodiscard]] bool remove_empty();

    /// Ends all of its processes, in one step where they are not very many. It goes on after this object has gone.
    void kill();
    /// Those that are in it.
    [[nodiscard]] std::vector<pid_t> processes() const;
    /// Any other signal to them. Nothing where there is no cgroup, or it is empty.
    [[nodiscard]] std::optional<posix::CgroupSignal> signal(int number) const;

    /// Calls `emptied` once it is empty, unless that is known already; not from within this call. Until then the kernel is asked only
    /// when it reports a change. A second call changes nothing.
    void watch(std::function<void()> emptied);
    void unwatch() { watch_.reset(); }

    /// Removes the directory now or, while processes are in it, when they have ended.
    void release();

    /// The path for status.json; empty while there is no directory.
    [[nodiscard]] std::string path() const;
    [[nodiscard]] const std::string& leaf() const { return leaf_; }

private:
    struct Watch {
        aio::Descriptor events;
        std::function<void()> emptied;
        std::shared_ptr<const bool> alive = std::make_shared<const bool>(true);
    };
    void wait_for_change();
    void removed();

    Services& services_;
    posix::CgroupKind kind_;
    std::string worker_;
    bool several_;
    std::string leaf_;   // empty: no directory
    bool known_empty_ = false;
    bool killed_ = false;
    std::shared_ptr<const bool> killing_;   // owns the work that ends many processes
    std::unique_ptr<Watch> watch_;
};

}   // namespace talos::turn

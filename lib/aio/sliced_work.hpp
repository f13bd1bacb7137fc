#pragma once
#include "aio/types.hpp"
#include "core/time.hpp"
#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace talos::aio {

/// Work whose amount depends on the processes of workers; any user can start thousands. Each turn of the loop does a slice and
/// the next turn continues. Small amounts are done at once.
class SlicedWork {
public:
    /// Runs until `end`, but does at least one unit of work. Returns true when all work is done.
    using Step = std::function<bool(SteadyTime end)>;

    explicit SlicedWork(Executor executor) : executor_(std::move(executor)) {}
    SlicedWork(const SlicedWork&) = delete;
    SlicedWork& operator=(const SlicedWork&) = delete;

    /// The steps of one owner run in order; owners take turns. Starts within this call, unless this turn has used up its time or
    /// the call comes from a step.
    void add(const void* owner, Step step);
    /// Discards the remaining work of that owner.
    void drop(const void* owner);
    [[nodiscard]] bool has(const void* owner) const;

private:
    using Shared = std::shared_ptr<const Step>;
    struct Queue {
        const void* owner;
        std::deque<Shared> steps;
    };
    void run(SteadyTime end);
    void done(const void* owner, const Shared& step);
    void go_on_later();

    Executor executor_;
    std::deque<Queue> queues_;   // the first queue runs next
    bool running_ = false;
    bool posted_ = false;
    SteadyTime since_{};   // start of the window that `spent_` counts
    std::chrono::steady_clock::duration spent_{};
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);   // a queued handler may outlive this object
};

}   // namespace talos::aio

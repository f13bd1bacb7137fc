#pragma once
#include "aio/types.hpp"
#include "core/time.hpp"
#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace talos::aio {

/// Work of which the processes of workers decide how much it is: any user can start thousands. A turn of the loop does a part of it, and the next
/// turn goes on. Work that is small is done at once.
class SlicedWork {
public:
    /// Goes on until `end`, with one thing at least. True: all is done.
    using Step = std::function<bool(SteadyTime end)>;

    explicit SlicedWork(Executor executor) : executor_(std::move(executor)) {}
    SlicedWork(const SlicedWork&) = delete;
    SlicedWork& operator=(const SlicedWork&) = delete;

    /// What was added for one owner is done in that order; owners take turns. Begins within this call, unless this turn has done enough, or the
    /// call comes from a step.
    void add(const void* owner, Step step);
    /// What is left of that owner's work is not done.
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
    std::deque<Queue> queues_;   // the first one is the next
    bool running_ = false;
    bool posted_ = false;
    SteadyTime since_{};   // of `spent_`
    std::chrono::steady_clock::duration spent_{};
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);   // a handler may be queued when we are destroyed
};

}   // namespace talos::aio

#pragma once
#include "aio/types.hpp"
#include "posix/rights/unique_fd.hpp"
#include <deque>
#include <memory>

namespace talos::aio {

/// Gives the space of rotated away files back, a piece between any two looks at what else there is to do. What is not done yet when this
/// goes is done by the kernel then.
class DiscardedFiles {
public:
    explicit DiscardedFiles(Executor executor) : executor_(std::move(executor)) {}
    DiscardedFiles(const DiscardedFiles&) = delete;
    DiscardedFiles& operator=(const DiscardedFiles&) = delete;

    /// One that lost its name. If others still read it, it is left to them.
    void add(posix::UniqueFd file);
    /// One more would have another closed at once.
    [[nodiscard]] bool full() const;

private:
    void step();
    void ask_for_step();

    Executor executor_;
    std::deque<posix::UniqueFd> files_;
    bool asked_ = false;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::aio

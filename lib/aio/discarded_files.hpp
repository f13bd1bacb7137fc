#pragma once
#include "aio/types.hpp"
#include "posix/rights/unique_fd.hpp"
#include <deque>
#include <memory>

namespace talos::aio {

/// Frees the space of rotated files in pieces, with other work of the loop in between. The destructor leaves the remainder to the
/// kernel.
class DiscardedFiles {
public:
    explicit DiscardedFiles(Executor executor) : executor_(std::move(executor)) {}
    DiscardedFiles(const DiscardedFiles&) = delete;
    DiscardedFiles& operator=(const DiscardedFiles&) = delete;

    /// Adds a file whose name was removed. Does nothing if another process still reads it.
    void add(posix::UniqueFd file);
    /// True if adding one more file would close another one at once.
    [[nodiscard]] bool full() const;

private:
    void step();
    void post_step();

    Executor executor_;
    std::deque<posix::UniqueFd> files_;
    bool posted_ = false;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::aio

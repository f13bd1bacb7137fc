#pragma once
#include "aio/types.hpp"
#include "posix/unique_fd.hpp"
#include <functional>
#include <memory>
#include <string_view>

namespace talos::aio {

/// Reads a worker's pipe as it fills, one block a turn, so that a chatty worker waits its turn behind the quiet ones.
/// All pumps read into one shared buffer: a quiet worker costs its descriptor and nothing else.
class OutputPump {
public:
    /// Gets each block; valid during the call only.
    using Sink = std::function<void(std::string_view)>;

    /// `read_end` must be non-blocking. Reading begins at once and ends at end of file or when the pump is destroyed.
    OutputPump(const Executor& executor, posix::UniqueFd read_end, Sink sink);
    OutputPump(const OutputPump&) = delete;
    OutputPump& operator=(const OutputPump&) = delete;

    /// Reads what stands in the pipe now, no more: a process that goes on writing cannot keep the caller here. For the moment
    /// after the writer was reaped: its last words come before the news of its end.
    void drain();

    [[nodiscard]] bool open() const { return descriptor_.is_open(); }

private:
    enum class Block { read, empty, end };
    void wait();
    [[nodiscard]] Block read_block(std::size_t most);

    Descriptor descriptor_;
    Sink sink_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);   // a completion may be queued when we are destroyed
};

}  // namespace talos::aio

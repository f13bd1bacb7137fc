#pragma once
#include "aio/timer.hpp"
#include "logs/write/log_destination.hpp"
#include "logs/write/output_relay.hpp"
#include "posix/rights/unique_fd.hpp"
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace talos::logs {

/// Reads a worker's pipe as it fills. All pumps read into one shared buffer of 64 KiB: a quiet worker costs its descriptor and nothing
/// else, and nothing is held here that was read.
///
/// Between two looks at what else happened (signals, the control plane, other workers) a pump reads one block, four if no other
/// pump had anything to read meanwhile. So whatever else talosd has to do waits for at most one block of each worker that is
/// writing, or for four blocks of a single one: under a millisecond while the disk takes them.
///
/// A writer that keeps it awake, write by write, is let alone for a moment, so that it fills the pipe meanwhile: at most half a
/// millisecond, less the faster it is, and not before its pipe could be enlarged to 256 KiB. It is cheaper for both.
class OutputPump {
public:
    /// Gets each block; valid during the call only. After `wait` nothing is read until resume(): the writer waits for the pipe.
    using Sink = std::function<Flow(std::string_view)>;

    /// `read_end` must be non-blocking. Reading begins at once and ends at end of file or when the pump is destroyed.
    /// `relayed`: what a relay writes to that end; null where the worker itself does.
    OutputPump(const aio::Executor& executor, posix::UniqueFd read_end, Sink sink, Flow flow = Flow::on,
               std::unique_ptr<RelayedStream> relayed = {});
    OutputPump(const OutputPump&) = delete;
    OutputPump& operator=(const OutputPump&) = delete;
    ~OutputPump();

    /// Reads what stands in the pipe now, whatever the sink says, but no more than 1 MiB of what comes meanwhile: a process that goes on
    /// writing cannot keep the caller here. For the moment after the writer was reaped: its last words come before the news of its end.
    /// What a relay reads is waited for a moment: see OutputRelay::flush.
    void drain();

    void resume();

    /// The inode of the worker's pipe, which processes that hold its other end can be found by; 0 once it is closed.
    [[nodiscard]] std::uint64_t pipe();

    [[nodiscard]] bool open() const { return descriptor_.is_open() || unwatched_; }

private:
    enum class Block { full, some, empty, end };
    void wait();
    void serve();
    [[nodiscard]] bool adapt(std::chrono::nanoseconds took);
    void rest(std::chrono::nanoseconds since_last, std::size_t bytes);
    void nap(std::chrono::nanoseconds duration);
    [[nodiscard]] bool has_large_pipe();
    void close();
    void flush();
    [[nodiscard]] Block read_block(std::size_t most, std::size_t& bytes);

    [[nodiscard]] int fd() { return unwatched_ ? unwatched_.get() : descriptor_.native_handle(); }

    aio::Descriptor descriptor_;
    posix::UniqueFd unwatched_;   // during naps: whoever watches a pipe is woken by every write to it
    Sink sink_;
    Flow flow_;
    bool waiting_ = false;   // for the pipe to have something, or for the end of a nap
    enum class Pipe : std::uint8_t { ordinary, large, refused } pipe_ = Pipe::ordinary;
    std::uint8_t halved_ = 0;   // how often its block was, since it took long to write
    std::uint8_t busy_ = 0;     // times in a row that it was served soon after the last time
    std::chrono::steady_clock::time_point served_{};
    std::unique_ptr<RelayedStream> relayed_;
    std::unique_ptr<aio::Timer> nap_;                                          // of one that ever took one
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);   // a completion may be queued when we are destroyed
};

}   // namespace talos::logs

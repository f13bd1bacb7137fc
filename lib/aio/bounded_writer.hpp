// aio: Building blocks on Boost.Asio: launching, watching an exec, bounded writing, work in slices.
// This room knows nothing of workers.
// Begin with types.hpp.
#pragma once
#include "aio/types.hpp"
#include "core/result.hpp"
#include "posix/rights/unique_fd.hpp"
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace talos::aio {

/// Writes lines to a standard descriptor without ever blocking. If a terminal does not accept output (^S, a broken ssh
/// connection), lines are dropped and the loss is marked; supervision goes on. EIO and EPIPE end the output permanently.
class BoundedWriter {
public:
    /// Reopens terminals and pipes through /proc/self/fd, so that O_NONBLOCK does not affect other processes that share the open
    /// file description. Writes to sockets with MSG_DONTWAIT. Writes to files, and to anything that cannot be reopened, through
    /// the descriptor itself.
    BoundedWriter(const Executor& executor, int fd);
    BoundedWriter(const BoundedWriter&) = delete;
    BoundedWriter& operator=(const BoundedWriter&) = delete;

    /// Queues complete lines, at most 256 KiB in total.
    void write(std::string_view lines);

    /// Writes the queue for at most `patience`. Call it when the program exits.
    void finish(std::chrono::milliseconds patience);

private:
    enum class Kind { reopened, socket, direct, broken };
    void flush();
    void wait();
    [[nodiscard]] ssize_t put(std::string_view bytes);

    int fd_;
    Kind kind_ = Kind::direct;
    std::optional<Descriptor> descriptor_;   ///< reopened: the descriptor to write to; socket: a duplicate to wait on
    bool waiting_ = false;
    std::string queue_;
    std::size_t lost_lines_ = 0;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::aio

// aio: Leaves on Boost.Asio: launching, watching an exec, bounded writing, work in slices.
// They know nothing of workers.
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

/// Writes lines to a standard descriptor without ever waiting for it: a terminal that was stopped with ^S or whose ssh died
/// costs lines, marked as lost, never supervision. EIO and EPIPE end the output for good.
class BoundedWriter {
public:
    /// Terminals and pipes are reopened through /proc/self/fd, so that O_NONBLOCK is ours alone and not everybody's who shares the
    /// description; sockets are written with MSG_DONTWAIT; files, and what cannot be reopened, through the descriptor itself.
    BoundedWriter(const Executor& executor, int fd);
    BoundedWriter(const BoundedWriter&) = delete;
    BoundedWriter& operator=(const BoundedWriter&) = delete;

    /// Queues whole lines, at most 256 KiB of them.
    void write(std::string_view lines);

    /// Tries for at most `patience` to get the queue out; for the end of the program.
    void finish(std::chrono::milliseconds patience);

private:
    enum class Kind { reopened, socket, direct, broken };
    void flush();
    void wait();
    [[nodiscard]] ssize_t put(std::string_view bytes);

    int fd_;
    Kind kind_ = Kind::direct;
    std::optional<Descriptor> descriptor_;   ///< reopened: written through; socket: a duplicate to wait on
    bool waiting_ = false;
    std::string queue_;
    std::size_t lost_lines_ = 0;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::aio

#pragma once
#include "aio/timer.hpp"
#include "posix/children/memory_reader.hpp"
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sys/types.h>
#include <vector>

namespace talos::aio {

/// Reads the environment and arguments of other processes without blocking the loop (see posix::MemoryReader). One child at a
/// time reads for all requests. A child that hangs is killed, and the next one continues with the other processes.
class MemoryReads {
public:
    /// Called with each child. It must reap the child and then call `ended`.
    using Children = std::function<void(pid_t child, std::function<void()> ended)>;
    /// Called with nullopt if the process could not be read within about a second.
    using Done = std::function<void(const std::optional<posix::ProcessMemory>& memory)>;

    MemoryReads(Executor executor, Children children);
    MemoryReads(const MemoryReads&) = delete;
    MemoryReads& operator=(const MemoryReads&) = delete;
    virtual ~MemoryReads();

    /// `done` is called later, never from within this call.
    virtual void ask(const posix::MemoryOf& of, Done done);
    /// Whether a process of this user has stalled a read within the last minute.
    [[nodiscard]] virtual bool suspects(uid_t user) const;

private:
    void start_soon(Millis delay);
    void start();
    void wait();
    void progress(const boost::system::error_code& error);
    void watch_patience();
    void stalled();
    void finish();
    void give_up_late();
    void answer(const posix::MemoryOf& of, const std::optional<posix::ProcessMemory>& memory);

    Executor executor_;
    Children children_;
    posix::MemoryQueue queue_;
    std::map<pid_t, std::vector<Done>> requests_;
    std::optional<posix::MemoryReader> reader_;
    std::optional<Descriptor> watch_;   // on the reader's descriptor; does not own it
    Timer timer_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::aio

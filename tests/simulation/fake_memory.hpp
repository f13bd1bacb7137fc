#pragma once
#include "aio/memory_reads.hpp"
#include "simulation/fake_kernel.hpp"
#include <list>
#include <utility>

namespace talos::simulation {

/// Reads the marks of the simulation's processes, after a while.
class FakeMemory final : public aio::MemoryReads {
public:
    FakeMemory(const aio::Executor& executor, const FakeKernel& kernel, std::uint64_t seed)
        : MemoryReads(executor, {}), executor_(executor), kernel_(kernel), rolls_(seed_of(seed, "memory", 0)) {}

    void ask(const posix::MemoryOf& of, Done done) override {
        const auto* process = kernel_.find(of.pid);
        const bool hangs = process != nullptr && process->behaviour.unreadable;
        auto& read = reads_.emplace_back(Read{of, std::move(done), aio::Timer(executor_)});
        read.timer.expires_after(hangs ? Millis{1'000} : rolls_.time(Millis{30}));
        read.timer.async_wait([this, at = std::prev(reads_.end())](const boost::system::error_code& error) {
            if (!error) answer(at);
        });
    }
    [[nodiscard]] bool suspects(uid_t) const override { return false; }

private:
    struct Read {
        posix::MemoryOf of;
        Done done;
        aio::Timer timer;
    };
    void answer(std::list<Read>::iterator at) {
        const auto read = std::move(*at);
        reads_.erase(at);
        const auto* process = kernel_.find(read.of.pid);
        if (process == nullptr || process->start_ticks != read.of.start_ticks) return read.done(posix::ProcessMemory{});
        if (process->behaviour.unreadable) return read.done(std::nullopt);
        posix::ProcessMemory memory;
        memory.command = "fake";
        if (!process->mark.empty() && !process->zombie) {
            memory.marks.run = process->mark;
            memory.marks.worker = process->worker;
        }
        read.done(memory);
    }

    aio::Executor executor_;
    const FakeKernel& kernel_;
    Rolls rolls_;
    std::list<Read> reads_;
};

}   // namespace talos::simulation

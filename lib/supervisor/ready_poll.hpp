#pragma once
#include "aio/probe.hpp"
#include "aio/types.hpp"
#include "supervisor/ready_watch.hpp"
#include <functional>
#include <memory>
#include <string>

namespace talos::supervisor {

/// How long after look number `looks` (from 1) the next one comes: soon after the first, later every `interval`.
[[nodiscard]] constexpr Millis pause_after(unsigned looks, Millis interval) {
    constexpr unsigned quick = 12;
    if (looks >= quick) return interval;
    const Millis pause{5LL << looks};
    return pause < interval ? pause : interval;
}

/// How long one look may take.
[[nodiscard]] constexpr Millis longest_look(Millis interval) {
    constexpr Millis least{5'000};
    return interval < least ? least : interval;
}

/// Looks again and again, one look after the other, until one of them finds the worker ready.
class ReadyPoll final : public ReadyWatch {
public:
    using MakeProbe = std::function<std::unique_ptr<aio::Probe>()>;

    /// `what`: for the history, what a look that succeeds has seen.
    ReadyPoll(const aio::Executor& executor, MakeProbe make, Millis interval, std::string what, Hooks hooks)
        : make_(std::move(make)), interval_(interval), what_(std::move(what)), hooks_(std::move(hooks)), timer_(executor) {}

    [[nodiscard]] Result<> equip(posix::SpawnRequest&) override { return {}; }
    void begin(pid_t main) override;
    void settle() override;

private:
    void look();
    void looked(const Result<>& result);
    void after(Millis pause, void (ReadyPoll::*then)());
    void too_long();

    MakeProbe make_;
    Millis interval_;
    std::string what_;
    Hooks hooks_;
    aio::Timer timer_;                   // until the next look, or until this one has taken too long
    std::unique_ptr<aio::Probe> probe_;
    std::string told_;                   // the last failure
    unsigned looks_ = 0;
    unsigned epoch_ = 0;                 // of the timer: the handler of a cancelled one may be queued
    bool settled_ = false;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace talos::supervisor

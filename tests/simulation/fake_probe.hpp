#pragma once
#include "aio/timer.hpp"
#include "checks/probes/probe.hpp"
#include "simulation/rolls.hpp"
#include <utility>

namespace talos::simulation {

/// A probe that finds what chance says, after a while.
class FakeProbe final : public checks::Probe {
public:
    FakeProbe(const aio::Executor& executor, std::uint64_t seed) : timer_(executor), rolls_(seed) {}

    void start(Done done, Millis) override {
        if (rolls_.one_in(15)) return;   // no answer
        const bool works = !rolls_.one_in(3);
        timer_.expires_after(rolls_.time(Millis{100}));
        timer_.async_wait([done = std::move(done), works](const boost::system::error_code& error) {
            if (error) return;
            const auto told = done;   // it may destroy the probe, and with it this handler
            told(works ? Result<>{} : Result<>{refused("it answers 500")});
        });
    }

private:
    aio::Timer timer_;
    Rolls rolls_;
};

}   // namespace talos::simulation

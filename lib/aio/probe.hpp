#pragma once
#include "core/result.hpp"
#include <functional>

namespace talos::aio {

/// One look from outside at whether a program does its work. Whoever starts it sets the deadline: destroying it ends the look.
class Probe {
public:
    /// What came of it, in the words of whoever looked. It may destroy the probe.
    using Done = std::function<void(Result<>)>;

    Probe() = default;
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;
    virtual ~Probe() = default;

    /// Once. `done` is not called from within it, and not after the end of the probe.
    virtual void start(Done done) = 0;
};

}  // namespace talos::aio

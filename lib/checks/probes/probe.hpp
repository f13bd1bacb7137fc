#pragma once
#include "core/result.hpp"
#include "core/time.hpp"
#include <functional>
#include <string>

namespace talos::checks {

/// One look from outside at whether a program does its work. Whoever starts it sets the deadline: destroying it ends the look.
class Probe {
public:
    /// What came of it, in the words of whoever looked. It may destroy the probe.
    using Done = std::function<void(Result<>)>;

    Probe() = default;
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;
    virtual ~Probe() = default;

    /// Once. `done` is not called from within it, and not after the end of the probe. `longest`: until the deadline, for one that has more than
    /// one thing to try.
    virtual void start(Done done, Millis longest) = 0;
    /// For a look that has taken too long: what it could not do, in words; empty where nothing is to be said.
    [[nodiscard]] virtual std::string where() const { return {}; }
};

}   // namespace talos::checks

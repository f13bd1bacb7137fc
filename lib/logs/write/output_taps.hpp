#pragma once
#include "logs/write/log_destination.hpp"
#include <memory>

namespace talos::logs {

/// Whoever passes on what a worker writes, as seen by those who read along.
class OutputTaps {
public:
    OutputTaps() = default;
    OutputTaps(const OutputTaps&) = delete;
    OutputTaps& operator=(const OutputTaps&) = delete;
    virtual ~OutputTaps() = default;

    /// One more place that the output goes to, until it is removed. Not from within a write to one of them.
    virtual void add(std::unique_ptr<LogDestination> listener) = 0;
    virtual void remove(const LogDestination& listener) = 0;
};

}   // namespace talos::logs

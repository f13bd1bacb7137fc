#pragma once
#include "aio/types.hpp"
#include "checks/watch/ready_watch.hpp"
#include "logs/write/log_destination.hpp"
#include "logs/write/output_taps.hpp"
#include <memory>
#include <string>

namespace talos::checks {

/// A line of its output that matches. It listens as one more place that the output goes to, for as long as the worker starts.
class ReadyLog final : public ReadyWatch {
public:
    /// `pattern` is valid: the config was checked.
    ReadyLog(const aio::Executor& executor, const std::string& pattern, logs::OutputTaps& output, Callbacks callbacks);
    ~ReadyLog() override;

    void begin() override;
    void settle() override;

private:
    class Listener;

    aio::Executor executor_;
    logs::OutputTaps& output_;
    Callbacks callbacks_;
    Listener* listener_ = nullptr;   // the output's
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}   // namespace talos::checks

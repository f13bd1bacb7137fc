#pragma once
#include "aio/output_taps.hpp"
#include "aio/log_destination.hpp"
#include "aio/types.hpp"
#include "supervisor/ready_watch.hpp"
#include <memory>
#include <string>

namespace talos::supervisor {

/// A line of its output that matches. It listens as one more place that the output goes to, for as long as the worker starts.
class ReadyLog final : public ReadyWatch {
public:
    /// `pattern` is valid: the config was checked.
    ReadyLog(const aio::Executor& executor, const std::string& pattern, aio::OutputTaps& output, Hooks hooks);
    ~ReadyLog() override;

    void begin() override;
    void settle() override;

private:
    class Listener;

    aio::Executor executor_;
    aio::OutputTaps& output_;
    Hooks hooks_;
    Listener* listener_ = nullptr;   // the output's
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace talos::supervisor

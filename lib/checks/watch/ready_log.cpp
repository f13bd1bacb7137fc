#include "checks/watch/ready_log.hpp"

#include "checks/watch/line_search.hpp"
#include <boost/asio/post.hpp>
#include <utility>

namespace talos::checks {

class ReadyLog::Listener final : public logs::LogDestination {
public:
    Listener(Pattern pattern, std::function<void()> tell) : search_(std::move(pattern)), tell_(std::move(tell)) {}

    /// What comes before is of an earlier run.
    void begin() { listening_ = true; }

    logs::Flow write(logs::Stream stream, std::string_view bytes) override {
        if (!listening_) return logs::Flow::on;
        listening_ = !search_.take(stream, bytes);
        if (!listening_) tell_();
        return logs::Flow::on;
    }
    void end_of_run() override { listening_ = false; }

private:
    LineSearch search_;
    std::function<void()> tell_;
    bool listening_ = false;
};

ReadyLog::ReadyLog(const aio::Executor& executor, const std::string& pattern, logs::OutputTaps& output, Callbacks callbacks)
    : executor_(executor), output_(output), callbacks_(std::move(callbacks)) {
    auto compiled = Pattern::make(pattern);
    if (!compiled) return;
    // Posted: whoever writes is in the middle of the list of places that we are one of.
    auto tell = [this, alive = std::weak_ptr(alive_)] {
        aio::asio::post(executor_, [this, alive] {
            if (!alive.expired() && listener_ != nullptr) callbacks_.ready("a line of its output");
        });
    };
    auto listener = std::make_unique<Listener>(std::move(*compiled), std::move(tell));
    listener_ = listener.get();
    output_.add(std::move(listener));
}

ReadyLog::~ReadyLog() { settle(); }

void ReadyLog::begin() {
    if (listener_ != nullptr) listener_->begin();
}

void ReadyLog::settle() {
    if (listener_ != nullptr) output_.remove(*std::exchange(listener_, nullptr));
}

}   // namespace talos::checks

#include "supervisor/ready_log.hpp"

#include "supervisor/line_search.hpp"
#include "supervisor/output.hpp"
#include <boost/asio/post.hpp>
#include <utility>

namespace talos::supervisor {

class ReadyLog::Listener final : public aio::LogDestination {
public:
    enum class News { found, given_up };

    Listener(Pattern pattern, std::function<void(News)> tell) : search_(std::move(pattern)), tell_(std::move(tell)) {}

    /// What comes before is of an earlier run.
    void begin() { listening_ = true; }

    aio::Flow write(aio::Stream stream, std::string_view bytes) override {
        if (!listening_) return aio::Flow::on;
        const bool found = search_.take(stream, bytes);
        listening_ = !found && !search_.given_up();
        if (!listening_) tell_(found ? News::found : News::given_up);
        return aio::Flow::on;
    }
    void end_of_run() override { listening_ = false; }

private:
    LineSearch search_;
    std::function<void(News)> tell_;
    bool listening_ = false;
};

ReadyLog::ReadyLog(const aio::Executor& executor, const std::string& pattern, Output& output, Hooks hooks)
    : executor_(executor), output_(output), hooks_(std::move(hooks)) {
    auto compiled = Pattern::make(pattern);
    if (!compiled) return;
    // Posted: whoever writes is in the middle of the list of places that we are one of.
    auto tell = [this, alive = std::weak_ptr(alive_)](Listener::News news) {
        aio::asio::post(executor_, [this, alive, news] {
            if (alive.expired() || listener_ == nullptr) return;
            if (news == Listener::News::found) hooks_.ready("a line of its output");
            else hooks_.say(Level::warning, "the expression of \"ready\" takes too long on its output: it is not looked at any more");
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

}  // namespace talos::supervisor

#include "http/server/turns.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <vector>

namespace talos::http {

namespace {

/// Without waiting connections, the end of a turn goes unnoticed: parts within this time count as one turn.
constexpr std::chrono::milliseconds window{20};
constexpr std::size_t most_called = 16;

}   // namespace

bool Turns::take(const void* who, std::function<void()> wake) {
    const auto place = find(who);
    if (place == waiting_.end()) {
        if (waiting_.empty() && Clock::now() - begun_ >= window) begin();
        if (waiting_.empty() && has_time()) return true;
        waiting_.push_back({who, std::move(wake), false});
        call_later();
        return false;
    }
    if (!place->called) return false;   // woken for another reason
    place->called = false;
    if (!has_time()) return false;
    waiting_.erase(place);
    return true;
}

void Turns::leave(const void* who) {
    if (const auto place = find(who); place != waiting_.end()) waiting_.erase(place);
}

std::deque<Turns::Waiting>::iterator Turns::find(const void* who) {
    return std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& one) { return one.who == who; });
}

/// Always runs for the first connection of a turn.
bool Turns::has_time() { return taken_++ == 0 || Clock::now() - begun_ < of_a_turn_; }

void Turns::begin() {
    begun_ = Clock::now();
    taken_ = 0;
}

/// The loop runs all other pending handlers first.
void Turns::call_later() {
    if (posted_) return;
    posted_ = true;
    aio::asio::post(executor_, [this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        posted_ = false;
        if (waiting_.empty()) return;
        begin();
        std::vector<std::function<void()>> woken;
        for (std::size_t i = 0; i < std::min(waiting_.size(), most_called); ++i) {
            waiting_[i].called = true;
            woken.push_back(waiting_[i].wake);
        }
        for (const auto& wake : woken) wake();
        call_later();
    });
}

}   // namespace talos::http

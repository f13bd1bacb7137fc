#include "aio/sliced_work.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace talos::aio {

namespace {

/// The time limit for one turn.
constexpr std::chrono::milliseconds longest{5};
/// The time limit for one owner before the next one continues.
constexpr std::chrono::milliseconds longest_of_one{1};
/// Work that is done at once counts against the limit of a turn for this long, because one turn may stop many workers.
constexpr std::chrono::milliseconds window{20};

}   // namespace

void SlicedWork::add(const void* owner, Step step) {
    const auto queue = std::find_if(queues_.begin(), queues_.end(), [&](const auto& one) { return one.owner == owner; });
    auto shared = std::make_shared<const Step>(std::move(step));
    if (queue != queues_.end()) queue->steps.push_back(std::move(shared));
    else queues_.push_back({owner, {std::move(shared)}});
    if (running_ || posted_) return;
    const auto now = Clock::now();
    if (now - since_ >= window) {
        since_ = now;
        spent_ = {};
    }
    if (spent_ < longest) run(now + (longest - spent_));
    spent_ += Clock::now() - now;
    if (!queues_.empty()) go_on_later();
}

void SlicedWork::drop(const void* owner) {
    std::erase_if(queues_, [&](const auto& one) { return one.owner == owner; });
}

bool SlicedWork::has(const void* owner) const {
    return std::any_of(queues_.begin(), queues_.end(), [&](const auto& one) { return one.owner == owner; });
}

void SlicedWork::run(SteadyTime end) {
    running_ = true;
    do {
        const auto [owner, step] = std::pair(queues_.front().owner, queues_.front().steps.front());   // it may drop its queue
        if ((*step)(std::min<SteadyTime>(end, Clock::now() + longest_of_one))) done(owner, step);
        if (queues_.size() < 2) continue;
        queues_.push_back(std::move(queues_.front()));
        queues_.pop_front();
    } while (!queues_.empty() && Clock::now() < end);
    running_ = false;
}

void SlicedWork::done(const void* owner, const Shared& step) {
    const auto queue = std::find_if(queues_.begin(), queues_.end(), [&](const auto& one) { return one.owner == owner; });
    if (queue == queues_.end() || queue->steps.front() != step) return;   // dropped by the step
    queue->steps.pop_front();
    if (queue->steps.empty()) queues_.erase(queue);
}

void SlicedWork::go_on_later() {
    posted_ = true;
    aio::asio::post(executor_, [this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        posted_ = false;
        if (queues_.empty()) return;
        run(Clock::now() + longest);
        if (!queues_.empty()) go_on_later();
    });
}

}   // namespace talos::aio

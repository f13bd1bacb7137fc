#include "simulation/simulated_time.hpp"

#include <boost/asio/post.hpp>

namespace talos::simulation {

namespace {

/// Which of the timers a planted fault strikes.
constexpr std::uint64_t struck = 20;

}   // namespace

SimulatedTime::SimulatedTime(aio::Executor executor, SteadyTime::duration tick, Fault fault)
    : executor_(std::move(executor)), tick_(tick), fault_(fault), now_(std::chrono::hours{1}) {
    Clock::simulate(this);
    aio::Timer::simulate(this);
}

SimulatedTime::~SimulatedTime() {
    Clock::simulate(nullptr);
    aio::Timer::simulate(nullptr);
}

Stamp SimulatedTime::read() {
    now_ += tick_;
    return {now_, WallTime{std::chrono::duration_cast<Millis>(now_.time_since_epoch()) + wall_offset_}};
}

std::uint64_t SimulatedTime::wait(SteadyTime due, aio::Timer::Handler handler) {
    const auto number = ++last_;
    if (fault_ == Fault::lost_timer && number % struck == 0) return number;
    if (fault_ == Fault::early_timer && number % struck == 0) due = now_;
    waits_.emplace(Key{due, number}, std::move(handler));
    due_.emplace(number, due);
    return number;
}

void SimulatedTime::cancel(std::uint64_t wait) {
    const auto due = due_.extract(wait);
    if (due.empty()) return;
    auto entry = waits_.extract(Key{due.mapped(), wait});
    aio::asio::post(executor_, [handler = std::move(entry.mapped())] {
        handler(boost::asio::error::make_error_code(boost::asio::error::operation_aborted));
    });
}

std::optional<SteadyTime> SimulatedTime::next_due() const {
    if (waits_.empty()) return std::nullopt;
    return waits_.begin()->first.first;
}

void SimulatedTime::advance_to(SteadyTime at) {
    now_ = std::max(now_, at);
    fire_due();
}

void SimulatedTime::fire_due() {
    while (!waits_.empty() && waits_.begin()->first.first <= now_) {
        auto entry = waits_.extract(waits_.begin());
        due_.erase(entry.key().second);
        aio::asio::post(executor_, [handler = std::move(entry.mapped())] { handler({}); });
    }
}

}   // namespace talos::simulation

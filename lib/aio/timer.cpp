#include "aio/timer.hpp"

namespace talos::aio {

Timer::~Timer() {
    if (source_ != nullptr && simulated_ != 0) source_->cancel(simulated_);
}

void Timer::expires_at(SteadyTime due) {
    if (source_ != nullptr) cancel();
    timer_.expires_at(due);
}

void Timer::async_wait(Handler handler) {
    if (source_ != nullptr) simulated_ = source_->wait(timer_.expiry(), std::move(handler));
    else timer_.async_wait(std::move(handler));
}

void Timer::cancel() {
    if (source_ == nullptr) timer_.cancel();
    else if (simulated_ != 0) source_->cancel(std::exchange(simulated_, 0));
}

}   // namespace talos::aio

#include "checks/probes/probe_schedule.hpp"

#include "core/duration.hpp"
#include "posix/processes/descriptors.hpp"

namespace talos::checks {

void ProbeSchedule::after(Millis pause, Millis longest) {
    probe_.reset();
    longest_ = longest;
    set(pause, &ProbeSchedule::look);
}

void ProbeSchedule::stop() {
    ++epoch_;
    timer_.cancel();
    probe_.reset();
}

void ProbeSchedule::set(Millis time, void (ProbeSchedule::*then)()) {
    timer_.expires_after(time);
    timer_.async_wait([this, then, epoch = ++epoch_, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired() && epoch == epoch_) (this->*then)();
    });
}

void ProbeSchedule::look() {
    probe_ = make_();
    set(longest_, &ProbeSchedule::too_long);
    const posix::DescriptorShare share(posix::DescriptorShare::For::workers);
    probe_->start([this](const Result<>& result) { looked(result); }, longest_);
}

void ProbeSchedule::too_long() {
    const auto where = probe_->where();
    looked(refused((where.empty() ? "" : where + ": ") + "no answer within " + format_duration(longest_)));
}

void ProbeSchedule::looked(const Result<>& result) {
    stop();
    done_(result);
}

}   // namespace talos::checks

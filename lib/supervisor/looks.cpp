#include "supervisor/looks.hpp"

#include "core/duration.hpp"
#include "posix/descriptors.hpp"

namespace talos::supervisor {

void Looks::after(Millis pause, Millis longest) {
    probe_.reset();
    longest_ = longest;
    set(pause, &Looks::look);
}

void Looks::stop() {
    ++epoch_;
    timer_.cancel();
    probe_.reset();
}

void Looks::set(Millis time, void (Looks::*then)()) {
    timer_.expires_after(time);
    timer_.async_wait([this, then, epoch = ++epoch_, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
        if (!error && !alive.expired() && epoch == epoch_) (this->*then)();
    });
}

void Looks::look() {
    probe_ = make_();
    set(longest_, &Looks::too_long);
    const posix::DescriptorShare share(posix::DescriptorShare::For::workers);
    probe_->start([this](const Result<>& result) { looked(result); }, longest_);
}

void Looks::too_long() {
    const auto where = probe_->where();
    looked(refused((where.empty() ? "" : where + ": ") + "no answer within " + format_duration(longest_)));
}

void Looks::looked(const Result<>& result) {
    stop();
    done_(result);
}

}  // namespace talos::supervisor

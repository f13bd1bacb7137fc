#include "supervisor/reload.hpp"
#include <utility>

/// Restarts one after the other, without a config to read.
namespace talos::supervisor {

control::RollAnswer Reload::restart(const std::vector<std::string>& names, const daemon::Asker& by) {
    restarted_by_ = by;
    replaced_restarts_ = restarts_.end("another rolling restart replaced this one before it was done");
    const Why why{.by = &by};
    for (const auto& name : names) {
        const Runner* runner = supervisor_.find(name);
        Roll::Item item;
        item.worker = name;
        item.kind = Roll::Kind::restart;
        if (runner != nullptr && runner->worker().goal == worker::Goal::down) restarts_.start(restarts_.add(std::move(item)), why);   // nothing is taken down for it
        else restarts_.enqueue(std::move(item));
    }
    order_queue(restarts_, running_config());
    services_.touch();
    return {++restart_number_};
}

std::optional<control::ReloadProgress> Reload::restart_progress(std::uint64_t number) const {
    if (number == 0 || number > restart_number_ || number + 1 < restart_number_) return std::nullopt;
    return Roll::progress_of(number == restart_number_ ? restarts_.items() : replaced_restarts_);
}

}  // namespace talos::supervisor

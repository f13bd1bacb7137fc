#include "daemon/reload.hpp"
#include <utility>

/// Restarts workers one at a time without reading the config.
namespace talos::daemon {

api::RollAnswer Reload::restart(const std::vector<std::string>& names, const state::Requester& by) {
    restarted_by_ = by;
    replaced_restarts_ = restarts_.end("another rolling restart replaced this one before it finished");
    const engine::Why why{.by = &by};
    for (const auto& name : names) {
        const engine::Runner* runner = supervisor_.find(name);
        engine::Roll::Item item;
        item.worker = name;
        item.kind = engine::Roll::Kind::restart;
        if (runner != nullptr && !runner->worker().wanted_up())
            restarts_.start(restarts_.add(std::move(item)), why);   // nothing is taken down for it
        else restarts_.enqueue(std::move(item));
    }
    order_queue(restarts_, running_config());
    services_.touch();
    return {++restart_number_};
}

std::optional<api::ReloadProgress> Reload::restart_progress(std::uint64_t number) const {
    if (number == 0 || number > restart_number_ || number + 1 < restart_number_) return std::nullopt;
    return engine::Roll::progress_of(number == restart_number_ ? restarts_.items() : replaced_restarts_);
}

}   // namespace talos::daemon

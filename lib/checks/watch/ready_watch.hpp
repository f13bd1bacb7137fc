#pragma once
#include "checks/notify/notify_message.hpp"
#include "config/model/model.hpp"
#include "core/result.hpp"
#include "logs/write/output_taps.hpp"
#include "posix/spawn/spawn.hpp"
#include "turn/observer.hpp"
#include <functional>
#include <memory>
#include <string_view>

namespace talos::turn {
struct Services;
}

namespace talos::checks {

/// Watches one run of a worker for what its `ready` asks for. Made before the spawn, destroyed when the run has ended.
class ReadyWatch {
public:
    struct Callbacks {
        std::function<void(std::string_view how)> ready;   ///< it is; by what, in words for the history
        std::function<void(turn::Level, std::string_view)> say;
        std::function<void(std::string_view why)> not_yet;   ///< a probe has failed, in other words than the one before
    };

    ReadyWatch() = default;
    ReadyWatch(const ReadyWatch&) = delete;
    ReadyWatch& operator=(const ReadyWatch&) = delete;
    virtual ~ReadyWatch() = default;

    /// What the run is given for it.
    [[nodiscard]] virtual Result<> equip(posix::SpawnRequest&) { return {}; }
    /// It was spawned.
    virtual void begin() {}
    /// It no longer starts: whether it is ready is not asked any more. Not the end of its run. More than once is harmless.
    virtual void settle() = 0;
    /// The worker is paused, or runs again: nothing is asked of it meanwhile.
    virtual void pause() {}
    virtual void resume() {}
    /// What it says by sd_notify(3).
    virtual void heard(const NotifyMessage&, std::string_view /*who*/) {}
};

/// Whether the worker's output is read for it, also when it goes nowhere.
[[nodiscard]] bool reads_output(const config::WorkerSpec& spec);

/// `spec` has `ready`. `output` must not be null when it reads that.
[[nodiscard]] std::unique_ptr<ReadyWatch> make_ready_watch(turn::Services& services, const config::WorkerSpec& spec,
                                                           logs::OutputTaps* output, ReadyWatch::Callbacks callbacks);

}   // namespace talos::checks

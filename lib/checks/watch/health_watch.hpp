#pragma once
#include "checks/notify/notify_message.hpp"
#include "config/model/model.hpp"
#include "core/time.hpp"
#include "posix/spawn/spawn.hpp"
#include "worker/data/health.hpp"
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace talos::turn {
struct Services;
}

namespace talos::checks {

/// Watches one run of a worker for what its `health` asks, while it is running.
class HealthWatch {
public:
    struct Callbacks {
        std::function<void()> turned;     ///< its state has changed, or it is unhealthy and to be restarted
        std::function<void()> news;       ///< something else of health() has
        std::function<void()> failed;     ///< a look has, also one that does not count
        std::function<void()> catch_up;   ///< hears what the worker has said by now
    };

    HealthWatch(const config::HealthSpec& spec, Callbacks callbacks) : spec_(spec), callbacks_(std::move(callbacks)) {}
    HealthWatch(const HealthWatch&) = delete;
    HealthWatch& operator=(const HealthWatch&) = delete;
    virtual ~HealthWatch() = default;

    /// What the run is given for it.
    virtual void equip(posix::SpawnRequest&) const {}
    /// What it says by sd_notify(3).
    virtual void heard(const NotifyMessage&) {}
    /// It is running.
    void begin(Stamp since);
    /// It no longer is. More than once is harmless.
    void end();
    /// The worker is paused, or runs again: its time stands still meanwhile, and the grace time goes on with what was left of it.
    void pause();
    void resume();
    /// The same question, other times, counts or another action.
    void configure(const config::HealthSpec& spec);

    [[nodiscard]] const config::HealthSpec& spec() const { return spec_; }
    [[nodiscard]] const worker::Health& health() const { return health_; }

protected:
    /// Sets what comes next, by the spec as it is now.
    virtual void watch() = 0;
    virtual void stop() = 0;
    [[nodiscard]] bool watching() const { return watching_ && !paused_since_; }
    /// It was paused until now. watch() follows.
    virtual void resumed(SteadyTime) {}
    /// Tells what is new. That may be the end of watching.
    void became(worker::Health after);
    void tell_failure() const { callbacks_.failed(); }
    void catch_up() const { callbacks_.catch_up(); }

private:
    config::HealthSpec spec_;
    Callbacks callbacks_;
    worker::Health health_;
    bool watching_ = false;
    std::optional<SteadyTime> paused_since_;
};

/// Whether it has a watchdog.
[[nodiscard]] bool expects_heartbeats(const config::WorkerSpec& spec);

/// `spec` has `health`. The seed is of the random numbers that keep looks of many workers apart.
[[nodiscard]] std::unique_ptr<HealthWatch> make_health_watch(turn::Services& services, const config::WorkerSpec& spec,
                                                             std::uint64_t seed, HealthWatch::Callbacks callbacks);

}   // namespace talos::checks

#pragma once
#include "checks/notify/notify_listener.hpp"
#include "checks/watch/health_watch.hpp"
#include "checks/watch/ready_watch.hpp"
#include "worker/data/worker.hpp"
#include <memory>

namespace talos::engine {

/// What one run of a worker is watched for: whether it is ready, how it is, what it says of itself. There for workers whose config asks for
/// any of that. Made before the spawn, destroyed when the run has ended.
class RunWatch {
public:
    struct Callbacks {
        checks::ReadyWatch::Callbacks ready;
        checks::HealthWatch::Callbacks health;        ///< all but catch_up
        std::function<void(Millis more)> more_time;   ///< the worker asks for it, while it starts
        std::function<void(bool ready)> reload;       ///< RELOADING=1, or READY=1 of one that is up
        std::function<void()> news;                   ///< told() has changed
    };

    /// Whether there is anything to watch.
    [[nodiscard]] static bool wanted(const config::WorkerSpec& spec) {
        return spec.ready.get() != nullptr || spec.health.get() != nullptr;
    }

    /// `output` must not be null when `ready` reads that.
    RunWatch(turn::Services& services, const config::WorkerSpec& spec, std::uint64_t seed, logs::OutputTaps* output,
             const Callbacks& callbacks);
    RunWatch(const RunWatch&) = delete;
    RunWatch& operator=(const RunWatch&) = delete;

    [[nodiscard]] Result<> equip(posix::SpawnRequest& request);
    /// `leaf`: of the run's cgroup; empty: it has none.
    void begin(pid_t main, std::uint64_t number, const std::string& leaf);
    /// Hears what has been sent by now.
    void catch_up() const {
        if (notify_) notify_->catch_up();
    }
    /// The process that MAINPID= has named; pid 0: none that may become main.
    [[nodiscard]] posix::ProcessKey successor() const { return notify_ ? notify_->successor() : posix::ProcessKey{}; }
    [[nodiscard]] bool successor_in_question() const { return notify_ && notify_->successor_in_question(); }
    void settle_successor(bool ours) { notify_->settle_successor(ours); }
    /// It has become main.
    void main_is(pid_t main) {
        if (notify_) notify_->main_is(main);
    }
    /// The machine has decided.
    void follow(const worker::Worker& worker);
    /// Another config for the same run.
    void configure(turn::Services& services, const config::WorkerSpec& spec, std::uint64_t seed,
                   const checks::HealthWatch::Callbacks& callbacks);

    /// What it says of itself; nullptr when that is not listened to.
    [[nodiscard]] const state::NotifyStatus* told() const { return notify_ ? &notify_->told() : nullptr; }
    /// nullptr when the config does not ask.
    [[nodiscard]] const checks::HealthWatch* health() const { return health_.get(); }

private:
    void heard(const checks::NotifyMessage& message, std::string_view who);
    void watch_health(turn::Services& services, const config::WorkerSpec& spec, std::uint64_t seed,
                      checks::HealthWatch::Callbacks callbacks);

    void follow_pause(bool paused);

    std::function<void(Millis)> more_time_;
    std::function<void(bool)> reload_;
    bool starting_ = true;
    bool paused_ = false;
    std::unique_ptr<checks::NotifyListener> notify_;
    std::unique_ptr<checks::ReadyWatch> ready_;
    std::unique_ptr<checks::HealthWatch> health_;
};

}   // namespace talos::engine

#pragma once
#include "config/model.hpp"
#include "supervisor/orphans.hpp"
#include "supervisor/recorder.hpp"
#include "supervisor/runner.hpp"
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace talos::supervisor {

enum class Stop { graceful, now };

/// All workers on one thread. A turn of the loop is: reap, decide, spawn, write the journal, write the status.
class Supervisor {
public:
    /// `config` outlives the supervisor.
    Supervisor(Services& services, const config::Config& config);
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Starts every worker with autostart; `running` is called once each of them had its first spawn.
    void start(std::function<void()> running);

    /// Stops all workers; afterwards what is left of nobody's processes; then `finished`. Again with Stop::now: SIGKILL.
    void stop(Stop how, std::function<void()> finished);
    [[nodiscard]] bool stopping() const { return static_cast<bool>(finished_); }

    /// SIGCHLD: reaps whoever has ended.
    void children_changed();

    /// Called when a worker has come to rest, after the turn's writes; for the ad hoc command.
    void on_rest(std::function<void(const Runner&)> callback) { on_rest_ = std::move(callback); }

    void reopen_logs();

    /// The longest time a graceful stop can take: the longest plan plus 5 s.
    [[nodiscard]] static Millis stop_timeout(const config::Config& config);

private:
    struct Ended {
        Runner* runner;
        ExitStatus status;
    };
    void touch();
    void reap_all();
    void settle();
    void settle_at(SteadyTime due);
    void publish_exits();
    void publish_empty_trees();
    void end_of_turn();
    void spawn_queued();
    void tell_whom_we_wait_for();
    void check_rest();
    void check_finished();
    void end_strangers(int signal);
    [[nodiscard]] Runner* find(const std::string& name) const;
    [[nodiscard]] bool all_at_rest() const;

    Services& services_;
    std::vector<std::unique_ptr<Runner>> runners_;
    Orphans orphans_;
    std::vector<Ended> ended_;            // reaped, not yet decided on: whether more of the tree is left must be known first
    bool no_children_ = false;
    bool orphan_reaped_ = false;
    bool turn_asked_ = false;
    SteadyTime last_refresh_{};
    aio::Timer settle_timer_;
    aio::Timer stop_timer_;
    bool settle_set_ = false;
    int stranger_signal_ = 0;             // what nobody's processes were last sent
    Stop how_ = Stop::graceful;
    std::function<void()> running_;
    std::function<void()> finished_;
    std::function<void(const Runner&)> on_rest_;
};

}  // namespace talos::supervisor

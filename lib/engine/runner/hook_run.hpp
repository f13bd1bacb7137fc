#pragma once
#include "aio/timer.hpp"
#include "config/model/model.hpp"
#include "core/time.hpp"
#include "engine/runner/output.hpp"
#include "logs/write/output_pump.hpp"
#include "turn/side_program.hpp"
#include "worker/data/worker.hpp"
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace talos::engine {

/// What a hook is told in its environment.
struct HookFacts {
    pid_t main = 0;                            ///< TALOS_PID; 0: there is none
    const worker::LastExit* exit = nullptr;    ///< TALOS_EXIT_CODE or TALOS_EXIT_SIGNAL, of the run that it follows
    std::optional<worker::RunResult> result;   ///< TALOS_RESULT, of the start that it follows
    std::string_view reason{};                 ///< TALOS_REASON, why a notice is run
};

/// One run of a worker's hook: its program as a child beside main, until nothing of it is left. It has the worker's directory,
/// environment, user and limits, and a pipe of its own into the worker's log. The end of this object is the end of all of it.
class HookRun {
public:
    /// `output`: nullptr where nothing is kept.
    HookRun(turn::Services& services, Runner& runner, config::Hook which, Output* output);
    HookRun(const HookRun&) = delete;
    HookRun& operator=(const HookRun&) = delete;
    ~HookRun();

    /// `spec` has this hook. When its program was reaped the runner is entered in `ended_hooks`.
    [[nodiscard]] Result<> start(const config::WorkerSpec& spec, const HookFacts& facts);

    /// Somebody wants it to end: whatever becomes of it now is no failure of its own.
    void signal(int number);

    /// The worker is stopped: it gets SIGKILL after `longest` unless its own time is over before. That is a failure to tell. Again: nothing.
    void end_within(Millis longest);

    /// What it has left behind, as listed after its program was reaped, is killed. True once there is nothing.
    [[nodiscard]] bool settle(std::span<const pid_t> leftovers);

    /// Expires with this object.
    [[nodiscard]] std::weak_ptr<const bool> alive() const { return alive_; }
    [[nodiscard]] config::Hook which() const { return which_; }
    /// Of its mark.
    [[nodiscard]] std::uint64_t number() const { return number_; }
    /// Its cgroup's name; empty: it has none.
    [[nodiscard]] const std::string& cgroup() { return program_.cgroup().leaf(); }
    /// When it gets SIGKILL.
    [[nodiscard]] Stamp deadline() const { return deadline_; }
    [[nodiscard]] bool ok() const { return ok_; }
    /// How it failed; empty when it did not, or when it was told to end.
    [[nodiscard]] std::string failure() const;

private:
    [[nodiscard]] Result<logs::ChildEnd> open_pipe(const posix::SpawnRequest& request);
    void keep_time(Millis timeout);
    void ended(const Result<ExitStatus>& result);
    logs::Flow take(std::string_view bytes);
    void resume_later();
    void close_pipe();

    turn::Services& services_;
    Runner& runner_;
    std::uint64_t number_;
    config::Hook which_;
    Output* output_;
    turn::SideProgram program_;
    pid_t session_ = 0;
    aio::Timer timer_;
    std::unique_ptr<logs::OutputPump> pump_;
    std::unique_ptr<aio::Timer> pause_;   // while nobody takes its output
    char last_ = '\n';                    // that it wrote
    Stamp deadline_{};
    Millis timeout_{};
    bool told_ = false;
    bool timed_out_ = false;
    bool hurried_ = false;     // its time ends with the stop
    bool cut_short_ = false;   // and did
    bool ok_ = false;
    std::string how_;
    std::shared_ptr<const bool> alive_ =
        std::make_shared<const bool>(true);   // a timer's handler may be queued when we are destroyed
};

}   // namespace talos::engine

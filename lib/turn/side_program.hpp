#pragma once
#include "aio/exec_watch.hpp"
#include "posix/spawn/spawn.hpp"
#include "turn/run_cgroup.hpp"
#include "turn/services.hpp"
#include <functional>

namespace talos::turn {

/// A program that talosd runs beside a worker: a child of its own that is no main. The end of this object is the end of the program and
/// of all that descends from it.
class SideProgram {
public:
    /// How it ended, or why it could not be started after all.
    using Ended = std::function<void(const Result<ExitStatus>&)>;

    /// `kind`: of the cgroup that it gets; `worker`: the name of the worker that it is run for.
    SideProgram(Services& services, posix::CgroupKind kind, const std::string& worker,
                RunCgroup::Share share = RunCgroup::Share::one)
        : services_(services), cgroup_(services, kind, worker, share) {}
    SideProgram(const SideProgram&) = delete;
    SideProgram& operator=(const SideProgram&) = delete;
    ~SideProgram();

    /// `ended` is called when it was reaped, in the middle of the reaping of others: not from within this call. Once at most.
    [[nodiscard]] Result<> start(posix::SpawnRequest request, Ended ended);
    /// To its process group, or to it alone before its exec, when nothing but SIGKILL is sent. SIGKILL goes to all that descends from it.
    void signal(int number);
    /// 0: none runs.
    [[nodiscard]] pid_t pid() const { return program_.pid; }
    [[nodiscard]] RunCgroup& cgroup() { return cgroup_; }

private:
    void reaped(const ExitStatus& status);

    Services& services_;
    RunCgroup cgroup_;
    posix::Spawned program_;
    std::unique_ptr<aio::ExecWatch> exec_;   // until it has exec'ed
    std::string failure_;                    // of its start
    Ended ended_;
};

}   // namespace talos::turn

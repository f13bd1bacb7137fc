#pragma once
#include "core/exit_status.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "posix/descent/tree_member.hpp"
#include "posix/processes/identity.hpp"
#include "posix/processes/pidfd.hpp"
#include "posix/spawn/spawn.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace talos::aio {

/// What the engine asks the kernel about processes, and all that it does to them. The real one is SystemKernel; a simulation has its own.
/// Nothing here waits. Each call is that of `posix` by the same name, which says what it does and how it fails.
class Kernel {
public:
    /// A signal to a child of talosd and all that descends from it, in parts: see posix::TreeSignal.
    class TreeSignal {
    public:
        TreeSignal() = default;
        TreeSignal(const TreeSignal&) = delete;
        TreeSignal& operator=(const TreeSignal&) = delete;
        virtual ~TreeSignal() = default;
        [[nodiscard]] virtual bool step(SteadyTime end) = 0;
        [[nodiscard]] virtual std::size_t count() const = 0;
    };
    /// What descends from a process, listed in parts: see posix::Descendants.
    class Descendants {
    public:
        Descendants() = default;
        Descendants(const Descendants&) = delete;
        Descendants& operator=(const Descendants&) = delete;
        virtual ~Descendants() = default;
        [[nodiscard]] virtual bool step(SteadyTime end) = 0;
        [[nodiscard]] virtual const std::vector<posix::ProcessKey>& found() const = 0;
    };

    Kernel() = default;
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;
    virtual ~Kernel() = default;

    /// The process may not have exec'ed yet: see posix::Spawner::start.
    [[nodiscard]] virtual boost::system::result<posix::Spawned, posix::SpawnFailure>
    start(const posix::SpawnRequest& request) = 0;

    /// `pid` is what `pidfd` means.
    [[nodiscard]] virtual Result<> send_signal(pid_t pid, const posix::UniqueFd& pidfd, int signal) = 0;
    [[nodiscard]] virtual Result<> signal_group(pid_t leader, int signal) = 0;
    [[nodiscard]] virtual std::unique_ptr<TreeSignal> signal_tree(pid_t child, int signal) = 0;

    [[nodiscard]] virtual posix::Peek peek_child() = 0;
    [[nodiscard]] virtual posix::Peek peek_child(pid_t pid) = 0;
    [[nodiscard]] virtual posix::Peek peek_ended_child() = 0;
    /// `pid` is what `pidfd` means.
    [[nodiscard]] virtual Result<std::optional<ExitStatus>> reap(pid_t pid, const posix::UniqueFd& pidfd) = 0;
    [[nodiscard]] virtual Result<std::optional<ExitStatus>> reap(pid_t pid) = 0;
    [[nodiscard]] virtual std::optional<posix::StopChange> take_stop_change(pid_t pid) = 0;
    /// talosd's own, zombies included, into `pids`.
    [[nodiscard]] virtual Result<> list_children(std::vector<pid_t>& pids) = 0;

    [[nodiscard]] virtual Result<posix::ProcessStat> read_stat(pid_t pid) = 0;
    [[nodiscard]] virtual pid_t session_of(pid_t pid) = 0;   ///< below 0: there is no such process
    [[nodiscard]] virtual pid_t group_of(pid_t pid) = 0;     ///< likewise
    [[nodiscard]] virtual std::optional<uid_t> user_of(pid_t pid) = 0;
    [[nodiscard]] virtual std::string command_name(pid_t pid) = 0;
    [[nodiscard]] virtual std::vector<std::uint64_t> written_pipes(pid_t pid) = 0;
    [[nodiscard]] virtual std::unique_ptr<Descendants> descendants(posix::ProcessKey root) = 0;
};

}   // namespace talos::aio

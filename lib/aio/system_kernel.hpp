#pragma once
#include "aio/kernel.hpp"
#include "aio/launcher.hpp"
#include "posix/processes/process_tree.hpp"
#include <memory>
#include <string>
#include <vector>

namespace talos::aio {

/// The kernel that talosd runs on.
class SystemKernel final : public Kernel {
public:
    /// `spawner` outlives this object.
    SystemKernel(Executor executor, posix::Spawner& spawner) : executor_(std::move(executor)), launcher_(spawner) {}

    [[nodiscard]] boost::system::result<posix::Spawned, posix::SpawnFailure> start(const posix::SpawnRequest& request) override;
    [[nodiscard]] Result<> send_signal(pid_t pid, const posix::UniqueFd& pidfd, int signal) override;
    [[nodiscard]] Result<> signal_group(pid_t leader, int signal) override;
    [[nodiscard]] std::unique_ptr<TreeSignal> signal_tree(pid_t child, int signal) override;
    [[nodiscard]] posix::Peek peek_child() override;
    [[nodiscard]] posix::Peek peek_child(pid_t pid) override;
    [[nodiscard]] posix::Peek peek_ended_child() override;
    [[nodiscard]] Result<std::optional<ExitStatus>> reap(pid_t pid, const posix::UniqueFd& pidfd) override;
    [[nodiscard]] Result<std::optional<ExitStatus>> reap(pid_t pid) override;
    [[nodiscard]] std::optional<posix::StopChange> take_stop_change(pid_t pid) override;
    [[nodiscard]] Result<> list_children(std::vector<pid_t>& pids) override;
    [[nodiscard]] Result<posix::ProcessStat> read_stat(pid_t pid) override;
    [[nodiscard]] pid_t session_of(pid_t pid) override;
    [[nodiscard]] pid_t group_of(pid_t pid) override;
    [[nodiscard]] std::optional<uid_t> user_of(pid_t pid) override;
    [[nodiscard]] std::string command_name(pid_t pid) override;
    [[nodiscard]] std::vector<std::uint64_t> written_pipes(pid_t pid) override;
    [[nodiscard]] std::unique_ptr<Descendants> descendants(posix::ProcessKey root) override;

private:
    Executor executor_;
    Launcher launcher_;
    posix::ChildrenList children_;
};

}   // namespace talos::aio

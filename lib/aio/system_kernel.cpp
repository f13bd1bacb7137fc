#include "aio/system_kernel.hpp"

#include "posix/descent/descendants.hpp"
#include "posix/descent/tree_signal.hpp"
#include <unistd.h>

namespace talos::aio {

namespace {

class SystemTreeSignal final : public Kernel::TreeSignal {
public:
    SystemTreeSignal(pid_t child, int signal) : work_(child, signal) {}
    [[nodiscard]] bool step(SteadyTime end) override { return work_.step(end); }
    [[nodiscard]] std::size_t count() const override { return work_.count(); }

private:
    posix::TreeSignal work_;
};

class SystemDescendants final : public Kernel::Descendants {
public:
    explicit SystemDescendants(posix::ProcessKey root) : list_(root) {}
    [[nodiscard]] bool step(SteadyTime end) override { return list_.step(end); }
    [[nodiscard]] const std::vector<posix::ProcessKey>& found() const override { return list_.found(); }

private:
    posix::Descendants list_;
};

}   // namespace

boost::system::result<posix::Spawned, posix::SpawnFailure> SystemKernel::start(const posix::SpawnRequest& request) {
    boost::system::error_code error;
    auto process = launcher_(executor_, error, request);
    if (error) return *launcher_.failure();
    (void)process.detach();   // the library forgets the child: reaping is ours
    return launcher_.take();
}

Result<> SystemKernel::send_signal(pid_t, const posix::UniqueFd& pidfd, int signal) { return posix::send_signal(pidfd, signal); }

Result<> SystemKernel::signal_group(pid_t leader, int signal) { return posix::signal_group(leader, signal); }

std::unique_ptr<Kernel::TreeSignal> SystemKernel::signal_tree(pid_t child, int signal) {
    return std::make_unique<SystemTreeSignal>(child, signal);
}

posix::Peek SystemKernel::peek_child() { return posix::peek_child(); }
posix::Peek SystemKernel::peek_child(pid_t pid) { return posix::peek_child(pid); }
posix::Peek SystemKernel::peek_ended_child() { return posix::peek_ended_child(); }

Result<std::optional<ExitStatus>> SystemKernel::reap(pid_t, const posix::UniqueFd& pidfd) { return posix::reap(pidfd); }
Result<std::optional<ExitStatus>> SystemKernel::reap(pid_t pid) { return posix::reap(pid); }

std::optional<posix::StopChange> SystemKernel::take_stop_change(pid_t pid) { return posix::take_stop_change(pid); }

Result<> SystemKernel::list_children(std::vector<pid_t>& pids) { return children_.read(pids); }

Result<posix::ProcessStat> SystemKernel::read_stat(pid_t pid) { return posix::read_stat(pid); }
pid_t SystemKernel::session_of(pid_t pid) { return ::getsid(pid); }
pid_t SystemKernel::group_of(pid_t pid) { return ::getpgid(pid); }
std::optional<uid_t> SystemKernel::user_of(pid_t pid) { return posix::user_of(pid); }
std::string SystemKernel::command_name(pid_t pid) { return posix::command_name(pid); }
std::vector<std::uint64_t> SystemKernel::written_pipes(pid_t pid) { return posix::written_pipes(pid); }

std::unique_ptr<Kernel::Descendants> SystemKernel::descendants(posix::ProcessKey root) {
    return std::make_unique<SystemDescendants>(root);
}

}   // namespace talos::aio

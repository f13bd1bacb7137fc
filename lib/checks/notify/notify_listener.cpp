#include "checks/notify/notify_listener.hpp"

#include "accounts/accounts.hpp"
#include "core/stable_name.hpp"
#include "posix/descent/tree_member.hpp"
#include "posix/processes/marks.hpp"
#include "posix/processes/process_tree.hpp"
#include "turn/services.hpp"
#include <algorithm>
#include <unistd.h>
#include <utility>

namespace talos::checks {

namespace {

uid_t user_of(const posix::SpawnRequest& request) {
    const auto* attributes = request.attributes.get();
    return attributes != nullptr && attributes->credentials ? attributes->credentials->uid : ::geteuid();
}

}   // namespace

NotifyListener::NotifyListener(turn::Services& services, std::string worker, std::string further_user, Callbacks callbacks)
    : services_(services), worker_(std::move(worker)), further_user_(std::move(further_user)), callbacks_(std::move(callbacks)) {}

Result<> NotifyListener::equip(posix::SpawnRequest& request) {
    users_ = {user_of(request)};
    if (!further_user_.empty()) {
        const auto account = accounts::find_account(further_user_);
        if (!account) return Failure{account.error().code, "notify: " + account.error().what};
        users_.push_back(account->uid);
    }
    auto opened = open();
    if (!opened && opened.error().errno_value() == ENOENT) {   // the directory was removed under talosd
        services_.runtime.reset();
        opened = open();
    }
    if (!opened) return opened;
    set_variable(request, "NOTIFY_SOCKET", socket_->path());
    return {};
}

/// The name depends on the worker's alone, so that the path is the same in each run.
Result<> NotifyListener::open() {
    const auto directory = services_.runtime_directory();
    if (!directory) return directory.error();
    NotifyAddress place{(*directory)->descriptor(), (*directory)->path(), stable_name(worker_), users_};
    auto children = [&services = services_](pid_t child, std::function<void()> ended) {
        services.processes.helper(child, [ended = std::move(ended)](const ExitStatus&) {
            if (ended) ended();
        });
    };
    auto opened = NotifySocket::open(services_.executor, std::move(place), std::move(children));
    if (!opened) return opened.error();
    socket_ = std::move(*opened);
    return {};
}

void NotifyListener::begin(pid_t main, std::uint64_t number, std::string leaf) {
    number_ = number;
    const auto* cgroups = leaf.empty() ? nullptr : services_.cgroups.get();
    tree_ = {main, cgroups, std::move(leaf)};
    socket_->listen([this](const NotifySender& sender, std::string_view text, bool whole) { take(sender, text, whole); });
}

bool NotifyListener::is_user(uid_t uid) const { return std::find(users_.begin(), users_.end(), uid) != users_.end(); }

NotifyListener::Ours NotifyListener::is_ours(const NotifySender& sender) const {
    switch (posix::membership(sender.pid, tree_)) {
    case posix::Membership::member:
    case posix::Membership::ended: return Ours::yes;
    case posix::Membership::unrelated:
        return tree_.cgroups == nullptr && is_user(sender.uid) ? may_be_orphan_of_run(sender.pid) : Ours::no;
    }
    __builtin_unreachable();
}

/// Its own facts come first: below an orphan that none of them names there may be a process that one names.
NotifyListener::Ours NotifyListener::may_be_orphan_of_run(pid_t pid) const {
    const pid_t child = posix::child_above(pid, ::getpid());
    const auto& processes = services_.processes;
    if (child <= 0 || processes.is_helper(child)) return Ours::no;
    const engine::Runner* run = processes.leader_of(tree_.main);
    if (run == nullptr || (services_.cgroups && services_.cgroups->leaf_of(pid)))
        return Ours::no;   // in a cgroup, which is not this run's
    const auto known = orphans_.find(pid);
    if (known == orphans_.end()) return Ours::unknown;
    const auto& [processes_of_it, marks] = known->second.second;
    if (marks.empty()) return Ours::unknown;
    for (std::size_t i = 0; i < marks.size(); ++i) {
        if (const auto owner = services_.owner_by_all(processes_of_it[i], marks[i]); owner.runner != nullptr)
            return owner.runner == run && owner.hook == 0 ? Ours::yes : Ours::no;
        if (has_mark_of_another(marks[i])) return Ours::no;
    }
    return Ours::yes;
}

/// Of another worker, or of another run, which may have ended.
bool NotifyListener::has_mark_of_another(const posix::Marks& marks) const {
    const auto number = posix::number_of_mark(services_.run, marks.worker, marks.run);
    return number && (marks.worker != worker_ || *number != number_);
}

void NotifyListener::take(const NotifySender& sender, std::string_view text, bool whole) {
    if (sender.uid != 0 && !is_user(sender.uid))
        return complain_once(said_user_, "a notification from pid " + std::to_string(sender.pid) + " is ignored: its user " +
                                             std::to_string(sender.uid) + R"( may not send; "notify": {"user": …} allows one)");
    if (!waiting_.empty()) return wait_for_marks(sender, text, whole);   // in order
    const auto known = orphans_.find(sender.pid);
    if (known != orphans_.end()) {
        const auto stat = posix::read_stat(sender.pid);
        if (!stat || stat->start_ticks != known->second.first) orphans_.erase(known);
    }
    switch (is_ours(sender)) {
    case Ours::yes: return take(sender, text, whole, true);
    case Ours::no: return take(sender, text, whole, false);
    case Ours::unknown: return wait_for_marks(sender, text, whole);
    }
}

void NotifyListener::wait_for_marks(const NotifySender& sender, std::string_view text, bool whole) {
    constexpr std::size_t most_waiting = 64;
    if (waiting_.size() >= most_waiting)
        return complain_once(said_full_, "notifications of processes whose environment cannot be read in time are ignored");
    waiting_.push_back({sender, std::string(text), whole});
    if (waiting_.size() == 1) read_orphan(sender.pid);
}

/// Its own marks, and those of the child of talosd that it descends from. Goes on when both are known, or cannot be read.
void NotifyListener::read_orphan(pid_t pid) {
    constexpr std::size_t most_known = 64;
    if (orphans_.size() >= most_known) orphans_.clear();
    const auto stat = posix::read_stat(pid);
    auto& [ticks, orphan] = orphans_[pid];
    ticks = stat ? stat->start_ticks : 0;
    orphan = {{pid}, {}};
    if (const pid_t child = posix::child_above(pid, ::getpid()); child > 0 && child != pid) orphan.processes.push_back(child);
    auto found = std::make_shared<std::vector<posix::Marks>>(orphan.processes.size());
    auto left = std::make_shared<std::size_t>(orphan.processes.size());
    for (std::size_t i = 0; i < orphan.processes.size(); ++i) {
        const auto process = posix::read_stat(orphan.processes[i]);
        const posix::MemoryOf of{orphan.processes[i], process ? process->start_ticks : 0,
                                 posix::user_of(orphan.processes[i]).value_or(0)};
        services_.memory->ask(
            of, [this, pid, i, found, left, alive = std::weak_ptr(alive_)](const std::optional<posix::ProcessMemory>& memory) {
                if (alive.expired()) return;
                if (memory) (*found)[i] = memory->marks;
                if (--*left > 0) return;
                if (const auto known = orphans_.find(pid); known != orphans_.end()) known->second.second.marks = *found;
                go_on();
            });
    }
}

void NotifyListener::go_on() {
    const auto waiting = std::exchange(waiting_, {});
    const std::weak_ptr alive(alive_);   // a message may end the run
    for (const auto& one : waiting)
        if (!alive.expired()) take(one.sender, one.text, one.whole);
}

void NotifyListener::take(const NotifySender& sender, std::string_view text, bool whole, bool ours) {
    const std::string who = "pid " + std::to_string(sender.pid);
    if (!ours)
        return complain_once(said_stranger_, "a notification from " + who + ", which is none of its processes, is ignored");
    if (!whole) return complain_once(said_long_, "a notification from " + who + " is longer than 8 KiB and ignored");
    const auto message = checks::parse_notify_message(text);
    const auto before = told_;
    if (message.status) told_.text = *message.status;
    if (message.stopping) told_.stopping = true;
    if (message.reloading || message.ready) told_.reloading = message.reloading;
    if (message.main_pid) note_main_pid(*message.main_pid);
    if (told_ != before) callbacks_.news();
    if (message.heartbeat) told_.heartbeat_at = stamp_now().wall;   // no news: it would be some all the time
    callbacks_.heard(message, who);
}

/// By session, descent or cgroup; or, without cgroups, of a process whose parents have ended, by the facts of Orphans, some of which take time.
NotifyListener::Ours NotifyListener::is_of_run(pid_t pid) const {
    if (posix::membership(pid, tree_) == posix::Membership::member) return Ours::yes;
    const engine::Runner* run = services_.processes.leader_of(tree_.main);
    if (run == nullptr || tree_.cgroups != nullptr || services_.processes.is_helper(pid) ||
        posix::child_above(pid, ::getpid()) != pid)
        return Ours::no;
    const auto owner = services_.owner_of(pid);
    if (owner.runner == nullptr) return Ours::unknown;
    return owner.runner == run && owner.hook == 0 ? Ours::yes : Ours::no;
}

/// The user is that of the process as it was started: a program that runs as root may name none that has given up its rights.
void NotifyListener::note_main_pid(pid_t pid) {
    const auto stat = posix::read_stat(pid);
    const auto uid = posix::user_of(pid);
    const auto ours = stat && uid ? is_of_run(pid) : Ours::no;
    if (ours == Ours::no)
        return complain_once(said_main_pid_, "MAINPID=" + std::to_string(pid) + " is none of its processes and ignored");
    if (*uid != users_.front())
        return complain_once(said_main_pid_, "MAINPID=" + std::to_string(pid) + " is ignored: that process has user " +
                                                 std::to_string(*uid) + ", the worker " + std::to_string(users_.front()));
    told_.main_pid = pid;
    successor_ = {pid, stat->start_ticks};
    successor_proven_ = ours == Ours::yes;
}

void NotifyListener::settle_successor(bool ours) {
    successor_proven_ = ours;
    if (ours) return;
    complain_once(said_main_pid_, "MAINPID=" + std::to_string(successor_.pid) + " is none of its processes and ignored");
    successor_ = {};
}

void NotifyListener::complain_once(bool& said, const std::string& text) {
    if (!std::exchange(said, true)) callbacks_.say(turn::Level::warning, text);
}

}   // namespace talos::checks

// checks/notify: Messages of sd_notify(3): the socket, their meaning, and the check of their senders.
// What follows from a message is decided in checks/watch and by the worker.
// Begin with notify_listener.hpp.
#pragma once
#include "checks/notify/notify_message.hpp"
#include "checks/notify/notify_socket.hpp"
#include "core/result.hpp"
#include "posix/descent/tree_member.hpp"
#include "posix/processes/process_tree.hpp"
#include "posix/spawn/spawn.hpp"
#include "state/status_document.hpp"
#include "turn/observer.hpp"
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace talos::turn {
struct Services;
}

namespace talos::checks {

/// Messages of sd_notify(3) to the socket of one run of a worker.
///
/// A message counts when the kernel names an allowed user as its sender (the worker's, root, or that of "notify") and proves that the
/// process belongs to the worker: it is main, in the run's cgroup, in main's session, or descends from main. Where the run has a cgroup, no
/// other process counts. Where it has none, a process whose parents have exited became a child of talosd: it counts when the facts of Orphans
/// name this run, or when they name none, its mark is of no other run, and its user is the worker's or that of "notify".
/// The mark is in the memory of the process, which takes up to about a second to be read (aio::MemoryReads): the message, and those after it,
/// wait for that.
/// A sender that has exited cannot be checked any more: then the user suffices, because the kernel lets no other one use the socket.
/// Between workers of one user there is no boundary.
class NotifyListener {
public:
    struct Callbacks {
        std::function<void(const NotifyMessage& message, std::string_view who)> heard;
        std::function<void()> news;   ///< told() has changed
        std::function<void(turn::Level, std::string_view)> say;
    };

    /// `further_user`: of "notify"; empty: none.
    NotifyListener(turn::Services& services, std::string worker, std::string further_user, Callbacks callbacks);

    [[nodiscard]] Result<> equip(posix::SpawnRequest& request);
    /// `number`: the run's, in its mark. `leaf`: its cgroup below talosd's; empty: it has none.
    void begin(pid_t main, std::uint64_t number, std::string leaf);
    /// Hears what has been sent by now.
    void catch_up() { socket_->take_waiting(); }
    /// What MAINPID= has named, if it may become main: it is of the worker's own user. Whether it still lives is not asked.
    [[nodiscard]] const posix::ProcessKey& successor() const { return successor_; }
    /// Whether it belongs to the run is known when all orphans that are there now are decided: it is an orphan itself.
    [[nodiscard]] bool successor_in_question() const { return successor_.pid != 0 && !successor_proven_; }
    /// The answer to that.
    void settle_successor(bool ours);
    /// It has: what belongs to it from here on belongs to the run.
    void main_is(pid_t main) { tree_.main = main; }
    /// What it says of itself.
    [[nodiscard]] const state::NotifyStatus& told() const { return told_; }

private:
    struct Waiting {
        NotifySender sender;
        std::string text;
        bool whole;
    };
    /// The orphan, and the child of talosd above it, whose marks decide; their marks are known when it has been read.
    struct Orphan {
        std::vector<pid_t> processes;
        std::vector<posix::Marks> marks;
    };
    enum class Ours : std::uint8_t { yes, no, unknown };
    void take(const NotifySender& sender, std::string_view text, bool whole);
    void take(const NotifySender& sender, std::string_view text, bool whole, bool ours);
    void wait_for_marks(const NotifySender& sender, std::string_view text, bool whole);
    void read_orphan(pid_t pid);
    void go_on();
    [[nodiscard]] Result<> open();
    [[nodiscard]] bool is_user(uid_t uid) const;
    [[nodiscard]] Ours is_ours(const NotifySender& sender) const;
    [[nodiscard]] Ours may_be_orphan_of_run(pid_t pid) const;
    [[nodiscard]] bool has_mark_of_another(const posix::Marks& marks) const;
    [[nodiscard]] Ours is_of_run(pid_t pid) const;
    void note_main_pid(pid_t pid);
    void complain_once(bool& said, const std::string& text);

    turn::Services& services_;
    std::string worker_;
    std::string further_user_;
    std::vector<uid_t> users_;   // the worker's, then the further one
    Callbacks callbacks_;
    std::unique_ptr<NotifySocket> socket_;
    std::uint64_t number_ = 0;   // of the run
    posix::WorkerTree tree_;
    posix::ProcessKey successor_;
    bool successor_proven_ = false;
    std::vector<Waiting> waiting_;                                // until the marks of the first one's sender are known
    std::map<pid_t, std::pair<std::uint64_t, Orphan>> orphans_;   // by sender, with its start ticks
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
    bool said_full_ = false;
    bool said_stranger_ = false;
    bool said_user_ = false;
    bool said_long_ = false;
    bool said_main_pid_ = false;
    state::NotifyStatus told_;
};

}   // namespace talos::checks

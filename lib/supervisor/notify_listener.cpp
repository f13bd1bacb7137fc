#include "supervisor/notify_listener.hpp"

#include "posix/tree_member.hpp"
#include "supervisor/services.hpp"
#include <algorithm>
#include <sys/stat.h>
#include <utility>

namespace talos::supervisor {

namespace {

bool is_user_of(pid_t process, uid_t uid) {
    struct stat info {};
    return ::stat(("/proc/" + std::to_string(process)).c_str(), &info) == 0 && info.st_uid == uid;
}

}  // namespace

NotifyListener::NotifyListener(const Services& services, std::string worker, Hooks hooks)
    : services_(services), worker_(std::move(worker)), hooks_(std::move(hooks)) {}

Result<> NotifyListener::equip(posix::SpawnRequest& request) {
    auto opened = aio::NotifySocket::open(services_.executor, worker_);
    if (!opened) return opened.error();
    socket_ = std::move(*opened);
    set_variable(request, "NOTIFY_SOCKET", socket_->name());
    return {};
}

void NotifyListener::begin(pid_t main) {
    main_ = main;
    socket_->listen([this](const aio::NotifySender& sender, std::string_view text, bool whole) { take(sender, text, whole); });
}

bool NotifyListener::is_ours(const aio::NotifySender& sender) const {
    switch (posix::membership(sender.pid, {main_, worker_, services_.run})) {
    case posix::Membership::member: return true;
    case posix::Membership::stranger: return false;
    case posix::Membership::gone: return sender.uid == 0 || is_user_of(main_, sender.uid);
    }
    __builtin_unreachable();
}

void NotifyListener::take(const aio::NotifySender& sender, std::string_view text, bool whole) {
    const std::string who = "pid " + std::to_string(sender.pid);
    if (!is_ours(sender)) return complain_once(said_stranger_, "a notification from " + who + ", which is none of its processes, is ignored");
    if (!whole) return complain_once(said_long_, "a notification from " + who + " is longer than 8 KiB and ignored");
    const auto message = aio::parse_notify_message(text);
    const auto before = told_;
    if (message.status) told_.text = *message.status;
    if (message.stopping) told_.stopping = true;
    if (message.reloading || message.ready) told_.reloading = message.reloading;
    if (message.main_pid) note_main_pid(*message.main_pid);
    if (told_ != before) hooks_.news();
    if (message.heartbeat) told_.heartbeat_at = stamp_now().wall;   // no news: it would be some all the time
    hooks_.heard(message, who);
}

void NotifyListener::note_main_pid(pid_t pid) {
    if (posix::membership(pid, {main_, worker_, services_.run}) == posix::Membership::member) told_.main_pid = pid;
    else complain_once(said_main_pid_, "MAINPID=" + std::to_string(pid) + " is none of its processes and ignored");
}

void NotifyListener::complain_once(bool& said, const std::string& text) {
    if (!std::exchange(said, true)) hooks_.say(Level::warning, text);
}

void set_variable(posix::SpawnRequest& request, const std::string& name, const std::string& value) {
    const auto prefix = name + '=';
    std::erase_if(request.env, [&prefix](const std::string& entry) { return entry.starts_with(prefix); });
    request.env.push_back(prefix + value);
}

}  // namespace talos::supervisor

#include "logs/process/log_writer.hpp"

#include "posix/processes/pidfd.hpp"
#include "posix/rights/act_as.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace talos::logs {

namespace {

using Clock = std::chrono::steady_clock;

constexpr Millis shortest_pause{1000};
constexpr Millis longest_pause{30000};
constexpr Millis long_life{30000};
constexpr Millis idle_time{10000};
constexpr Millis look_interval{1000};
constexpr int send_space = 256 * 1024;   // more than one message

std::string directory_of(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

}   // namespace

LogWriter::LogWriter(LogWriterSetup& setup, uid_t uid)
    : setup_(setup), uid_(uid), user_(posix::file_rights_of(uid).user), timer_(setup.executor), idle_(setup.executor) {}

LogWriter::~LogWriter() { kill(); }

std::string LogWriter::called() const { return "the process that writes the logs in directories of " + user_; }

// --- the process --------------------------------------------------------------------------------------------------

bool LogWriter::may_be_used() const { return socket_ || (pid_ == 0 && !setup_.ending && Clock::now() >= not_before_); }

Result<> LogWriter::start() {
    if (pid_ != 0) return refused(called() + " (pid " + std::to_string(pid_) + ") is ending");
    if (!may_be_used()) return refused(called() + " has ended and is not started again yet");
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0) return last_error("socketpair");
    posix::UniqueFd ours(ends[0]);
    const posix::UniqueFd theirs(ends[1]);
    (void)::setsockopt(ours.get(), SOL_SOCKET, SO_SNDBUF, &send_space, sizeof send_space);
    const auto rights = rights_message(posix::file_rights_of(uid_), ::getpid());
    if (!rights) return rights.error();
    if (::send(ours.get(), rights->data(), rights->size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return last_error("send to " + called());
    posix::SpawnRequest request;
    request.argv = {setup_.program, write_logs_argument, std::to_string(uid_)};
    if (const char* zone = std::getenv("TZ")) request.env.push_back(std::string("TZ=") + zone);   // for `daily`
    request.stdin_fd = theirs.get();
    request.cwd = "/";
    request.death_signal = SIGKILL;
    auto child = setup_.spawner.start(request);
    not_before_ = Clock::now() + shortest_pause;
    if (!child) return failure_of(child.error().error, "start " + called());
    child_ = std::move(*child);
    pid_ = child_.pid;
    started_ = Clock::now();
    killed_ = false;
    socket_.emplace(setup_.executor, ours.release());
    if (child_.unconfirmed)
        exec_ = std::make_unique<aio::ExecWatch>(setup_.executor, std::move(child_.unconfirmed), child_.pidfd,
                                                 [](const posix::SpawnOutcome&) {});
    setup_.started(pid_, [weak = weak_from_this(), pid = pid_](const ExitStatus& status) {
        if (const auto self = weak.lock()) self->ended(pid, status);
    });
    watch();
    return {};
}

void LogWriter::kill() {
    if (pid_ == 0) return;
    killed_ = true;
    (void)posix::send_signal(child_.pidfd, SIGKILL);
}

void LogWriter::ended(pid_t pid, const ExitStatus& status) {
    if (pid != pid_) return;
    if (socket_) receive();   // its last answers
    if (socket_) lost(called() + " (pid " + std::to_string(pid) + ") ended with " + to_text(status));
    exec_.reset();
    pid_ = 0;
    child_ = {};
    const auto now = Clock::now();
    if (std::exchange(dismissed_, false)) return;
    pause_ = now - started_ >= long_life ? shortest_pause : std::clamp(2 * pause_, shortest_pause, longest_pause);
    not_before_ = now + pause_;
    if (!setup_.ending)
        setup_.said(called() + " (pid " + std::to_string(pid) + ") ended with " + to_text(status) +
                    "; it is started again when it is needed");
}

/// All that was not answered, and what stands behind that.
void LogWriter::lost(const std::string& text) {
    kill();
    socket_.reset();
    blocked_.clear();
    waits_to_send_ = false;
    unanswered_ = 0;
    const Channels all = channels_;   // those that hear of it may have others made
    for (const auto& [number, channel] : all) {
        channel->placed = false;
        channel->place.reset();
        channel->stalled = false;
        const auto asked = std::exchange(channel->asked, std::nullopt);
        const bool rotates = channel->rotates() || asked == LogRequest::Kind::rotate;
        channel->marks.clear();   // the next process opens what has the name
        if (rotates && channel->user != nullptr) channel->user->noticed("it could not be rotated: " + text);
        if (!channel->buffer.empty() || channel->open_asked || asked == LogRequest::Kind::open) fail(*channel, text);
        if (!channel->buffer.empty()) continue;   // already more of it
        channel->mid_line = false;                // the next process ends a line that is not whole
    }
    std::erase_if(channels_, [](const auto& entry) { return entry.second->user == nullptr; });
}

// --- what is sent -------------------------------------------------------------------------------------------------

std::shared_ptr<LogChannel> LogWriter::channel(const std::string& path) {
    const auto left = std::find_if(channels_.begin(), channels_.end(), [&](const auto& entry) {
        return entry.second->user == nullptr && entry.second->path == path;
    });
    if (left != channels_.end()) {
        left->second->stalled = false;   // which is told to the new user
        return left->second;
    }
    auto made = std::make_shared<LogChannel>();
    made->number = ++channels_made_;
    made->path = path;
    channels_.emplace(made->number, made);
    return made;
}

void LogWriter::let_go(const std::shared_ptr<LogChannel>& channel) {
    if (channel->user != nullptr || !channel->settled()) return;
    if (channel->placed && socket_)
        (void)send_message(socket_->native_handle(), request_of(*channel, LogRequest::Kind::close), {}, -1, MSG_DONTWAIT);
    channels_.erase(channel->number);
    if (channels_.empty() && socket_) dismiss_later();
}

/// Not at once: another log may follow, as when a worker's config has changed.
void LogWriter::dismiss_later() {
    idle_.expires_after(idle_time);
    idle_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (error || !self || !self->channels_.empty() || !self->socket_) return;
        self->dismissed_ = true;
        self->disconnect();
        self->kill_late(self->pid_);
    });
}

/// One of its user's processes may have stopped it, so that it does not see the end of its socket.
void LogWriter::kill_late(pid_t dismissed) {
    (void)posix::send_signal(child_.pidfd, SIGCONT);
    idle_.expires_after(setup_.longest_silence);
    idle_.async_wait([weak = weak_from_this(), dismissed](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!error && self && self->pid_ == dismissed && !self->socket_) self->kill();
    });
}

Result<> LogWriter::prepare(LogChannel& channel) {
    if (!socket_)
        if (auto begun = start(); !begun) return begun;
    const bool known = channel.placed || channel.place;
    if (known && (!channel.settled() || channel.mid_line || Clock::now() - channel.looked < look_interval)) return {};
    return find_place(channel);
}

/// Root may have put another directory in the place of the one that the process has.
Result<> LogWriter::find_place(LogChannel& channel) {
    auto place = setup_.find(directory_of(channel.path));
    channel.looked = Clock::now();
    channel.misplaced = !place || place->owner != uid_;
    if (channel.misplaced) return refused(channel.path + " is not in a directory of " + user_ + " any more");
    struct stat info {};
    if (::fstat(place->fd.get(), &info) != 0) return last_error("stat " + directory_of(channel.path));
    const std::pair inode(info.st_dev, info.st_ino);
    if (channel.placed && inode == channel.inode && place->rest == channel.rest) return {};
    channel.inode = inode;
    channel.rest = place->rest;
    channel.place = std::move(*place);
    return {};
}

LogRequest LogWriter::request_of(const LogChannel& channel, LogRequest::Kind kind) const {
    LogRequest request;
    request.kind = kind;
    request.log = channel.number;
    request.number = requests_ + 1;
    set_policy(request, channel.policy);
    return request;
}

void LogWriter::push(LogChannel& channel) {
    while (socket_ && !channel.asked && send_next(channel)) {}
}

/// False when there is nothing more, or it could not be sent.
bool LogWriter::send_next(LogChannel& channel) {
    using Kind = LogRequest::Kind;
    if (channel.settled() && channel.marks.empty()) return false;
    if (channel.place) {
        const auto text = channel.path + '\0' + channel.place->rest;
        if (!send(request_of(channel, Kind::place), text, channel.place->fd.get(), channel)) return false;
        channel.place.reset();
        channel.placed = true;
    }
    const bool marked = !channel.marks.empty() && channel.marks.front().behind == 0;
    if (!marked && channel.buffer.empty() && !channel.open_asked) return false;
    const auto kind = marked ? channel.marks.front().what : !channel.buffer.empty() ? Kind::write : Kind::open;
    const auto size = kind == Kind::write ? channel.next_piece() : 0;
    const auto request = request_of(channel, kind);
    if (!send(request, std::string_view(channel.buffer).substr(0, size), -1, channel)) return false;
    if (marked) channel.marks.pop_front();
    if (kind == Kind::open) channel.open_asked = false;
    if (kind == Kind::reopen) return true;   // not answered
    channel.asked = kind;
    channel.request = request.number;
    channel.sent = size;
    ++requests_;
    if (unanswered_++ == 0) heard_ = Clock::now();
    watch_time();
    return false;
}

bool LogWriter::send(const LogRequest& request, std::string_view text, int descriptor, LogChannel& channel) {
    if (send_message(socket_->native_handle(), request, text, descriptor, MSG_DONTWAIT)) return true;
    if (errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM) return false;   // it has ended, which is read soon
    const auto found = channels_.find(channel.number);
    if (found != channels_.end()) blocked_.push_back(found->second);
    if (unanswered_ == 0) heard_ = Clock::now();
    watch_time();
    if (std::exchange(waits_to_send_, true)) return false;
    socket_->async_wait(aio::Descriptor::wait_write, [weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (!error && self) self->send_blocked();
    });
    return false;
}

void LogWriter::send_blocked() {
    waits_to_send_ = false;
    for (auto blocked = std::exchange(blocked_, {}); !blocked.empty(); blocked.pop_front())
        if (const auto channel = blocked.front().lock()) push(*channel);
}

// --- what it answers ----------------------------------------------------------------------------------------------

void LogWriter::watch() {
    socket_->async_wait(aio::Descriptor::wait_read, [weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (error || !self || !self->socket_) return;
        self->receive();
        if (self->socket_) self->watch();
    });
}

void LogWriter::serve() {
    if (!socket_) return;
    receive();
    if (socket_ && !blocked_.empty()) send_blocked();
}

/// Without space for descriptors: the kernel drops what comes.
void LogWriter::receive() {
    std::array<char, longest_answer + 1> buffer;
    while (socket_) {
        const ssize_t size = ::recv(socket_->native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == EAGAIN) return;
        if (size <= 0) return lost(called() + " has ended");
        const auto answer = parse_answer({buffer.data(), static_cast<std::size_t>(size)});
        if (!answer || !take(*answer)) return lost(called() + " gave an answer that cannot be true, and was killed");
    }
}

/// False for one that cannot be true.
bool LogWriter::take(const ParsedAnswer& answer) {
    const auto& head = answer.head;
    const auto found = channels_.find(head.log);
    if (found == channels_.end()) return true;   // one that was given up
    const auto channel = found->second;
    if (!channel->asked || channel->request != head.number) return setup_.ending;
    const auto asked = *channel->asked;
    if (head.written > channel->sent || (head.failed == 0 && head.written != channel->sent)) return false;
    heard_ = Clock::now();
    --unanswered_;
    channel->asked.reset();
    channel->sent = 0;
    channel->stalled = false;
    channel->wrote(static_cast<std::size_t>(head.written));
    tell(*channel, answer, asked);
    let_go(channel);
    return true;
}

void LogWriter::tell(LogChannel& channel, const ParsedAnswer& answer, LogRequest::Kind asked) {
    const auto& head = answer.head;
    auto* user = channel.user;
    if (user != nullptr && !answer.notice.empty()) user->noticed(answer.notice);
    if (head.failed != 0 && asked != LogRequest::Kind::rotate) {
        channel.mid_line = head.mid_line != 0;
        channel.misplaced = head.owner != uid_ && head.owner != ~0u;
        return fail(channel, answer.text);
    }
    if (user != nullptr && head.failed != 0) user->noticed("it could not be rotated: " + answer.text);
    push(channel);
    if (user != nullptr) user->progressed();
}

void LogWriter::fail(LogChannel& channel, const std::string& text) {
    auto lines = channel.take_all();
    if (channel.user != nullptr) return channel.user->unwritten(refused(text), std::move(lines));
    const auto count = std::count(lines.begin(), lines.end(), '\n');
    if (count > 0)
        setup_.said(channel.path + ", which has no worker any more: " + std::to_string(count) + " lines are lost: " + text);
}

bool LogWriter::settled() const {
    return std::all_of(channels_.begin(), channels_.end(), [](const auto& entry) { return entry.second->settled(); });
}

// --- when it does not answer --------------------------------------------------------------------------------------

void LogWriter::watch_time() {
    if (std::exchange(timing_, true)) return;
    timer_.expires_after(setup_.patience / 4);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (error || !self) return;
        self->timing_ = false;
        self->check_time();
    });
}

void LogWriter::check_time() {
    if (!socket_ || (unanswered_ == 0 && blocked_.empty())) return;
    const auto silence = Clock::now() - heard_;
    if (silence >= setup_.longest_silence) kill();   // its end is read
    else if (silence >= setup_.patience) stalled();
    watch_time();
}

/// In case one of its user's processes has stopped it, it is woken.
void LogWriter::stalled() {
    (void)posix::send_signal(child_.pidfd, SIGCONT);
    const auto failure = refused(called() + " (pid " + std::to_string(pid_) + ") does not answer");
    const Channels all = channels_;
    for (const auto& [number, channel] : all) {
        if (channel->settled() || std::exchange(channel->stalled, true)) continue;
        if (channel->user != nullptr) channel->user->stalled(failure);
    }
}

}   // namespace talos::logs

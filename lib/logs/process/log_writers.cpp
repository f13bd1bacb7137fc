#include "logs/process/log_writers.hpp"

#include "posix/processes/pidfd.hpp"
#include <algorithm>
#include <chrono>
#include <poll.h>
#include <span>
#include <vector>

namespace talos::logs {

namespace {

using Clock = std::chrono::steady_clock;

constexpr Millis slice{20};
constexpr Millis longest_end{50};

}   // namespace

std::unique_ptr<LogFile> LogWriters::open(const posix::Location& path, const RotatingFile::Policy& policy, LogFileUser& user) {
    const auto slash = path.path.rfind('/');
    const auto place =
        path.own || slash == std::string::npos ? std::nullopt : setup_.find(path.path.substr(0, std::max<std::size_t>(slash, 1)));
    if (!place) return nullptr;
    auto& writer = writers_[place->owner];
    if (!writer) writer = std::make_shared<LogWriter>(setup_, place->owner);
    auto channel = writer->channel(path.path);
    channel->policy = policy;
    channel->user = &user;
    return std::make_unique<RemoteLogFile>(writer, std::move(channel));
}

bool LogWriters::is_writer(pid_t pid) const {
    return std::any_of(writers_.begin(), writers_.end(), [&](const auto& entry) { return entry.second->pid() == pid; });
}

void LogWriters::flush(Millis longest) {
    setup_.ending = true;
    const auto deadline = Clock::now() + longest;
    for (;;) {
        std::vector<pollfd> entries;
        for (const auto& [uid, writer] : writers_)
            if (writer->socket() >= 0 && !writer->settled()) entries.push_back({writer->socket(), POLLIN, 0});
        const auto left = std::chrono::duration_cast<Millis>(deadline - Clock::now());
        if (entries.empty() || left.count() <= 0) return;
        (void)::poll(entries.data(), entries.size(), static_cast<int>(std::min(left, slice).count()));
        for (const auto& [uid, writer] : writers_) writer->serve();
    }
}

void LogWriters::end() {
    setup_.ending = true;
    std::vector<const posix::UniqueFd*> running;
    for (const auto& [uid, writer] : writers_) {
        writer->disconnect();
        if (writer->pid() != 0) running.push_back(&writer->pidfd());
    }
    const auto deadline = Clock::now() + longest_end;
    if (!posix::wait_ended(running, deadline)) {   // held up
        for (const auto& [uid, writer] : writers_) writer->kill();
        (void)posix::wait_ended(running, deadline + longest_end);
    }
    for (const auto* pidfd : running) (void)posix::reap(*pidfd);
}

}   // namespace talos::logs

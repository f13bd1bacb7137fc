#include "cli/session/watch.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace talos::cli {

namespace {

// In a parent that substitutes for a missing directory, only created and removed entries matter.
constexpr std::uint32_t stand_in_mask = IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}   // namespace

Result<Inotify> Inotify::create() {
    posix::UniqueFd fd{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    if (!fd) return last_error("inotify_init (see /proc/sys/fs/inotify/max_user_instances)");
    return Inotify{std::move(fd)};
}

Result<int> Inotify::add(const std::string& path, std::uint32_t mask) {
    const int watch = ::inotify_add_watch(fd_.get(), path.c_str(), mask);
    if (watch < 0) return last_error("watch " + path);
    return watch;
}

void Inotify::remove(int watch) {
    if (watch >= 0) (void)::inotify_rm_watch(fd_.get(), watch);
}

std::vector<Change> Inotify::read() {
    std::vector<Change> changes;
    alignas(inotify_event) std::array<char, 16 * (sizeof(inotify_event) + NAME_MAX + 1)> buffer{};
    for (;;) {
        const auto got = ::read(fd_.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return changes;
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const char* name = buffer.data() + at + sizeof event;
            changes.push_back({event.wd, event.mask, event.len == 0 ? std::string{} : std::string{name}});
            at += sizeof event + event.len;
        }
    }
}

DirectoryWatch::DirectoryWatch(Inotify& inotify, std::string path, std::uint32_t mask)
    : inotify_(&inotify), path_(std::move(path)), mask_(mask | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) {}

Result<> DirectoryWatch::arm() {
    // Repeats after each attempt that reached only a parent: the missing directory may have been created meanwhile.
    for (;;) {
        std::string path = path_;
        bool exact = true;
        Result<int> watch = inotify_->add(path, mask_);
        while (!watch && (watch.error().errno_value() == ENOENT || watch.error().errno_value() == ENOTDIR) && path != "/" &&
               path != ".") {
            path = parent_of(path);
            exact = false;
            watch = inotify_->add(path, stand_in_mask);
        }
        if (!watch) return watch.error();
        const bool same = *watch == watch_ && exact == exact_;
        if (watch_ != *watch && watch_ >= 0) inotify_->remove(watch_);
        watch_ = *watch;
        exact_ = exact;
        if (exact || same) return {};
    }
}

Result<posix::UniqueFd> signal_descriptor(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) sigaddset(&set, signal);
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return last_error("sigprocmask");
    posix::UniqueFd fd{::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
    if (!fd) return last_error("signalfd");
    return fd;
}

int next_signal(const posix::UniqueFd& descriptor) {
    signalfd_siginfo info{};
    return ::read(descriptor.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

Woken wait_for(std::initializer_list<int> descriptors, std::optional<SteadyTime> deadline, int output) {
    std::vector<pollfd> polled;
    for (const int fd : descriptors) polled.push_back({fd, POLLIN, 0});
    polled.push_back({output, 0, 0});   // POLLERR and POLLHUP are always reported
    for (;;) {
        int timeout = -1;
        if (deadline) {
            const auto left = std::chrono::ceil<Millis>(*deadline - std::chrono::steady_clock::now()).count();
            timeout = static_cast<int>(std::clamp<Millis::rep>(left, 0, INT_MAX));
        }
        const int ready = ::poll(polled.data(), polled.size(), timeout);
        if (ready < 0 && errno == EINTR) continue;
        Woken woken;
        for (std::size_t i = 0; i + 1 < polled.size(); ++i)
            if (polled[i].revents != 0) woken.readable |= 1u << i;
        woken.reader_gone = (polled.back().revents & (POLLERR | POLLHUP)) != 0;
        return woken;
    }
}

}   // namespace talos::cli

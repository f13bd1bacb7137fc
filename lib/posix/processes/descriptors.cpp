#include "posix/processes/descriptors.hpp"
#include "posix/files/file.hpp"
#include "posix/processes/proc.hpp"
#include <algorithm>
#include <array>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::posix {
namespace {

bool kept_apart = false;
bool share_in_effect = false;

constexpr unsigned close_range_cloexec = 1U << 2;   // CLOSE_RANGE_CLOEXEC, Linux 5.11

void mark_each_cloexec() {
    const auto close = [](DIR* dir) { ::closedir(dir); };
    const std::unique_ptr<DIR, decltype(close)> dir(::opendir("/proc/self/fd"), close);
    if (!dir) return;
    while (const dirent* entry = ::readdir(dir.get())) {
        const auto fd = parse_pid(entry->d_name);   // parse_pid accepts any number above 0
        if (fd && *fd > STDERR_FILENO) ::fcntl(*fd, F_SETFD, FD_CLOEXEC);
    }
}

}   // namespace

Result<> fill_standard_descriptors() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        if (::fcntl(fd, F_GETFD) >= 0) continue;
        const int opened = ::open("/dev/null", O_RDWR);   // without O_CLOEXEC: children inherit these three
        if (opened < 0) return last_error("open /dev/null");
        if (opened == fd) continue;
        const UniqueFd other(opened);
        if (::dup2(opened, fd) < 0) return last_error("dup2 " + std::to_string(fd));
    }
    return {};
}

void mark_inherited_cloexec() {
    if (::syscall(SYS_close_range, static_cast<unsigned>(STDERR_FILENO + 1), ~0U, close_range_cloexec) < 0) mark_each_cloexec();
}

rlimit raise_descriptor_limit() {
    rlimit before{};
    if (::getrlimit(RLIMIT_NOFILE, &before) < 0) return {1024, 1024};
    rlimit raised = before;
    raised.rlim_cur = raised.rlim_max;
    if (raised.rlim_cur != before.rlim_cur) ::setrlimit(RLIMIT_NOFILE, &raised);
    return before;
}

void keep_descriptors_apart() { kept_apart = true; }

DescriptorShare::DescriptorShare(For what) {
    if (!kept_apart || share_in_effect || ::getrlimit(RLIMIT_NOFILE, &before_) < 0 || before_.rlim_cur == RLIM_INFINITY) return;
    const rlim_t kept =
        what == For::workers ? std::min<rlim_t>(24, before_.rlim_cur / 4) : std::min<rlim_t>(8, before_.rlim_cur / 8);
    const rlimit share{before_.rlim_cur - kept, before_.rlim_max};
    lowered_ = ::setrlimit(RLIMIT_NOFILE, &share) == 0;
    share_in_effect = lowered_;
}

DescriptorShare::~DescriptorShare() {
    if (!lowered_) return;
    ::setrlimit(RLIMIT_NOFILE, &before_);
    share_in_effect = false;
}

Result<> set_nonblocking(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return last_error("fcntl O_NONBLOCK " + std::to_string(fd));
    return {};
}

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) < 0) return last_error("pipe2");
    Pipe pipe{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
    if (const auto set = set_nonblocking(pipe.read.get()); !set) return set.error();
    return pipe;
}

bool has_controlling_terminal() { return open_file("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK).has_value(); }

}   // namespace talos::posix

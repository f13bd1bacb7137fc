#include "client/lock_holders.hpp"
#include "client/survivors.hpp"
#include "posix/processes/identity.hpp"
#include "posix/processes/pidfd.hpp"
#include "state/status_document.hpp"
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <dirent.h>
#include <filesystem>
#include <memory>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace talos::client {
namespace {

/// Also true if its descriptors cannot be read: the process belongs to the run, and some process of the run holds the lock.
/// Compares the text of the links, since stat(2) on another open file may block forever.
bool may_have_open(pid_t pid, const std::string& file) {
    const auto directory = "/proc/" + std::to_string(pid) + "/fd";
    const auto close = [](DIR* dir) { ::closedir(dir); };
    const std::unique_ptr<DIR, decltype(close)> dir(::opendir(directory.c_str()), close);
    if (!dir) return errno == EACCES || errno == EPERM;
    while (const dirent* entry = ::readdir(dir.get())) {
        std::array<char, 4096> target{};
        const auto size = ::readlinkat(::dirfd(dir.get()), entry->d_name, target.data(), target.size());
        if (size > 0 && std::string_view(target.data(), static_cast<std::size_t>(size)) == file) return true;
    }
    return false;
}

}   // namespace

std::size_t end_lock_holders(const state::DataDirectory& files) {
    const auto document = state::read_status(files.status_file());
    std::error_code error;
    const auto lock = std::filesystem::canonical(files.pid_file(), error).string();
    if (!document || error) return 0;
    const auto daemon = posix::open_process(document->head.identity);
    if (daemon || daemon.error().errno_value() != ESRCH) return 0;
    std::vector<posix::UniqueFd> ended;
    for (const auto& one : find_survivors(*document)) {
        for (const auto& process : one.processes) {
            auto pidfd = posix::open_process(process);
            if (!pidfd || !may_have_open(process.pid, lock) || !posix::send_signal(*pidfd, SIGKILL)) continue;
            ended.push_back(std::move(*pidfd));
        }
    }
    std::vector<const posix::UniqueFd*> pidfds;
    for (const auto& pidfd : ended) pidfds.push_back(&pidfd);
    (void)posix::wait_ended(pidfds, std::chrono::steady_clock::now() + std::chrono::seconds(1));
    return ended.size();
}

}   // namespace talos::client

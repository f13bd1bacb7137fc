#include "posix/tree_member.hpp"

#include "posix/identity.hpp"
#include "posix/proc.hpp"
#include <cerrno>
#include <charconv>
#include <string_view>
#include <unistd.h>

namespace talos::posix {

namespace {

constexpr int most_generations = 64;

}  // namespace

pid_t child_above(pid_t pid, pid_t ancestor) {
    for (int generation = 0; generation < most_generations && pid > 1; ++generation) {
        const auto stat = read_stat(pid);
        if (!stat) return 0;
        if (stat->ppid == ancestor) return pid;
        pid = stat->ppid;
    }
    return 0;
}

std::optional<uid_t> user_of(pid_t pid) {
    const auto directory = ProcessDirectory::open(pid);
    if (!directory) return std::nullopt;
    constexpr std::size_t enough = 4096;
    const auto status = directory->read("status", enough);
    if (!status) return std::nullopt;
    constexpr std::string_view key = "\nUid:\t";   // the program's name comes before it, with newlines escaped
    const auto at = status->find(key);
    if (at == std::string::npos) return std::nullopt;
    uid_t uid = 0;
    const auto* begin = status->data() + at + key.size();
    const auto [end, error] = std::from_chars(begin, status->data() + status->size(), uid);
    return error == std::errc{} ? std::optional{uid} : std::nullopt;
}

Membership membership(pid_t pid, const WorkerTree& tree) {
    if (pid <= 0 || tree.main <= 0) return Membership::stranger;
    if (pid == tree.main) return Membership::member;
    const pid_t session = ::getsid(pid);
    if (session < 0 && errno == ESRCH) return Membership::gone;
    if (session == tree.main) return Membership::member;
    return child_above(pid, tree.main) != 0 ? Membership::member : Membership::stranger;
}

}  // namespace talos::posix

#include "core/text.hpp"
#include "posix/processes/proc.hpp"
#include "posix/processes/process_tree.hpp"
#include <array>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

/// Facts about one process, from the process itself and from the kernel.
namespace talos::posix {

std::optional<uid_t> user_of(pid_t pid) {
    const auto directory = ProcessDirectory::open(pid);
    if (!directory) return std::nullopt;
    constexpr std::size_t longest = 4096;
    const auto status = directory->read("status", longest);
    if (!status) return std::nullopt;
    constexpr std::string_view key =
        "\nUid:\t";   // real, effective, saved, file system; newlines in the process name are escaped
    const auto found = status->find(key);
    if (found == std::string::npos) return std::nullopt;
    const char* const begin = status->data() + found + key.size();
    uid_t uid = 0;
    const auto [end, error] = std::from_chars(begin, status->data() + status->size(), uid);
    return error == std::errc{} ? std::optional(uid) : std::nullopt;
}

std::vector<std::uint64_t> written_pipes(pid_t pid) {
    constexpr std::size_t most = 4096;   // a process may have a million descriptors
    std::size_t seen = 0;
    std::vector<std::uint64_t> inodes;
    const auto close = [](DIR* dir) { ::closedir(dir); };
    const std::unique_ptr<DIR, decltype(close)> dir(::opendir(("/proc/" + std::to_string(pid) + "/fd").c_str()), close);
    if (!dir) return inodes;
    while (const dirent* entry = ::readdir(dir.get())) {
        if (entry->d_name[0] == '.') continue;
        if (++seen > most) break;
        struct stat link {};
        // The permissions of the link show how the descriptor was opened.
        if (::fstatat(::dirfd(dir.get()), entry->d_name, &link, AT_SYMLINK_NOFOLLOW) < 0 || (link.st_mode & S_IWUSR) == 0)
            continue;
        // Reads the text of the link, because stat(2) of another open file may block forever.
        std::array<char, 64> target{};
        const auto size = ::readlinkat(::dirfd(dir.get()), entry->d_name, target.data(), target.size());
        constexpr std::string_view begin = "pipe:[";
        const std::string_view text(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        std::uint64_t inode = 0;
        if (text.starts_with(begin) &&
            std::from_chars(text.data() + begin.size(), text.data() + text.size(), inode).ec == std::errc{})
            inodes.push_back(inode);
    }
    return inodes;
}

namespace {

constexpr std::size_t longest_line = 256;

}   // namespace

std::string command_line(pid_t pid) {
    const auto directory = ProcessDirectory::open(pid);
    if (!directory) return {};
    auto arguments = directory->read("cmdline", longest_line);
    if (arguments)
        while (arguments->ends_with('\0')) arguments->pop_back();
    return arguments && !arguments->empty() ? in_one_line(*arguments) : command_name(pid);
}

std::string command_name(pid_t pid) {
    const auto directory = ProcessDirectory::open(pid);
    auto name = directory ? directory->read("comm", longest_line) : Result<std::string>(directory.error());
    if (!name) return {};
    if (name->ends_with('\n')) name->pop_back();
    return in_one_line("[" + *name + "]");
}

}   // namespace talos::posix

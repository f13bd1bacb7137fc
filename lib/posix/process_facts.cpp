#include "core/text.hpp"
#include "posix/proc.hpp"
#include "posix/process_tree.hpp"
#include <algorithm>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

/// What one process says of itself, and what the kernel says of it.
namespace talos::posix {

std::optional<uid_t> user_of(pid_t pid) {
    const auto directory = ProcessDirectory::open(pid);
    if (!directory) return std::nullopt;
    constexpr std::size_t longest = 4096;
    const auto status = directory->read("status", longest);
    if (!status) return std::nullopt;
    constexpr std::string_view key = "\nUid:\t";   // real, effective, saved, file system; the name before it has its newlines escaped
    const auto found = status->find(key);
    if (found == std::string::npos) return std::nullopt;
    const char* const begin = status->data() + found + key.size();
    uid_t uid = 0;
    const auto [end, error] = std::from_chars(begin, status->data() + status->size(), uid);
    return error == std::errc{} ? std::optional(uid) : std::nullopt;
}

std::vector<std::uint64_t> written_pipes(pid_t pid) {
    constexpr std::size_t most = 1024;
    std::vector<std::uint64_t> inodes;
    const auto close = [](DIR* dir) { ::closedir(dir); };
    const std::unique_ptr<DIR, decltype(close)> dir(::opendir(("/proc/" + std::to_string(pid) + "/fd").c_str()), close);
    if (!dir) return inodes;
    while (const dirent* entry = ::readdir(dir.get())) {
        if (entry->d_name[0] == '.' || inodes.size() >= most) continue;
        struct stat link {};
        struct stat file {};
        // the link's permissions are those that the descriptor was opened with
        if (::fstatat(::dirfd(dir.get()), entry->d_name, &link, AT_SYMLINK_NOFOLLOW) < 0 || (link.st_mode & S_IWUSR) == 0) continue;
        if (::fstatat(::dirfd(dir.get()), entry->d_name, &file, 0) == 0 && S_ISFIFO(file.st_mode)) inodes.push_back(file.st_ino);
    }
    return inodes;
}

std::string command_line(pid_t pid) {
    const auto directory = ProcessDirectory::open(pid);
    if (!directory) return {};
    constexpr std::size_t longest = 256;
    const auto arguments = directory->read("cmdline", longest);
    std::string text = arguments ? *arguments : std::string();
    while (!text.empty() && text.back() == '\0') text.pop_back();
    if (text.empty()) {
        const auto name = directory->read("comm", longest);
        text = name ? *name : std::string();
        if (text.ends_with('\n')) text.pop_back();
        text = "[" + text + "]";
    }
    std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return valid_utf8(text);
}

}  // namespace talos::posix

#include "posix/files/hanging_mounts.hpp"
#include "posix/files/file.hpp"
#include "posix/files/working_directory.hpp"
#include "posix/rights/unique_fd.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::posix {
namespace {

constexpr int most_links = 40;   // the kernel's limit

/// Splits a line and keeps empty words: the source of a mount may be empty.
std::vector<std::string_view> words_of(std::string_view line, char separator) {
    std::vector<std::string_view> words;
    for (;;) {
        const auto end = line.find(separator);
        words.push_back(line.substr(0, end));
        if (end == std::string_view::npos) return words;
        line.remove_prefix(end + 1);
    }
}

bool is_octal(char c) { return c >= '0' && c <= '7'; }

/// In mountinfo, spaces, tabs, newlines and backslashes are written as three octal digits.
std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) && is_octal(text[i + 3])) {
            plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

bool is_of_network(std::string_view type) {
    constexpr std::array<std::string_view, 16> types{"nfs",      "nfs4",  "cifs",     "smb3",   "smbfs", "ceph",
                                                     "9p",       "afs",   "coda",     "lustre", "gfs2",  "ocfs2",
                                                     "orangefs", "ncpfs", "virtiofs", "autofs"};
    return std::find(types.begin(), types.end(), type) != types.end();
}

bool is_fuse(std::string_view type) { return type == "fuse" || type == "fuseblk" || type.starts_with("fuse."); }

bool fuse_lets_in(std::string_view options, uid_t user) {
    const auto all = words_of(options, ',');
    const auto has = [&](const std::string& option) { return std::find(all.begin(), all.end(), option) != all.end(); };
    return has("allow_other") || has("user_id=" + std::to_string(user));
}

/// Caches the mount table until the kernel reports a change.
class MountTable {
public:
    const std::vector<std::string>& hanging() {
        if (!file_) file_.reset(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
        if (file_ && (!read_ || changed())) read();
        return hanging_;
    }

private:
    [[nodiscard]] bool changed() const {
        pollfd entry{file_.get(), POLLPRI, 0};
        return ::poll(&entry, 1, 0) > 0;
    }

    void read() {
        std::string text;
        std::array<char, 16384> block;
        if (::lseek(file_.get(), 0, SEEK_SET) < 0) return;
        for (;;) {
            const auto got = ::read(file_.get(), block.data(), block.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return;
            if (got == 0) break;
            text.append(block.data(), static_cast<std::size_t>(got));
        }
        read_ = true;
        hanging_ = hanging_mounts_in(text, ::geteuid());
    }

    UniqueFd file_;
    bool read_ = false;
    std::vector<std::string> hanging_;
};

MountTable& mounts() {
    static MountTable table;
    return table;
}

std::string directory_or_root() {
    auto here = working_directory();
    return here ? std::move(*here) : "/";
}

}   // namespace

namespace {

struct Mount {
    std::string_view number;
    std::string place;
};

std::vector<Mount> mounts_that_hang(std::string_view mountinfo, uid_t user) {
    std::vector<Mount> found;
    for (const auto line : words_of(mountinfo, '\n')) {
        const auto words = words_of(line, ' ');
        if (words.size() < 10) continue;
        // The type, the source and the options follow the optional fields.
        const auto dash = std::find(words.begin() + 6, words.end(), "-");
        if (words.end() - dash < 4) continue;
        const auto type = dash[1];
        auto place = unescaped(words[4]);
        // binfmt_misc belongs to the kernel; it is mounted behind an autofs.
        if (place == "/" || place == "/proc/sys/fs/binfmt_misc") continue;
        if (is_of_network(type) || (is_fuse(type) && fuse_lets_in(dash[3], user))) found.push_back({words[0], std::move(place)});
    }
    return found;
}

}   // namespace

std::vector<std::string> hanging_mounts_in(std::string_view mountinfo, uid_t user) {
    std::vector<std::string> places;
    for (auto& mount : mounts_that_hang(mountinfo, user)) places.push_back(std::move(mount.place));
    return places;
}

namespace {

/// A mount that the table does not list was detached since the file was opened: nobody knows whether it answers.
bool may_hang_at(int fd) {
    const auto facts = read_file("/proc/self/fdinfo/" + std::to_string(fd), 4096);
    const auto table = read_file("/proc/self/mountinfo", std::size_t{16} << 20);
    constexpr std::string_view key = "mnt_id:\t";
    const auto begin = facts ? facts->find(key) : std::string::npos;
    if (begin == std::string::npos || !table) return true;   // unknown: assume that it can hang
    const auto number = std::string_view(*facts).substr(begin + key.size(), facts->find('\n', begin) - begin - key.size());
    const auto entry = std::string(number) + ' ';
    if (!table->starts_with(entry) && table->find('\n' + entry) == std::string::npos) return true;
    const auto hanging = mounts_that_hang(*table, ::geteuid());
    return std::any_of(hanging.begin(), hanging.end(), [&](const Mount& mount) { return mount.number == number; });
}

}   // namespace

bool is_on_hanging_mount(int fd) { return has_hanging_mounts() && may_hang_at(fd); }

int open_path_at(int at, const char* name) {
    constexpr int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    open_how how{};
    how.flags = flags;
    how.resolve = RESOLVE_NO_XDEV;
    const auto same = static_cast<int>(::syscall(SYS_openat2, at, name, &how, sizeof how));
    if (same >= 0 || (errno != EXDEV && errno != ENOSYS && errno != EPERM)) return same;
    UniqueFd fd(::openat(at, name, flags));   // opening a mount point with O_PATH does not contact the mounted file system
    if (fd && may_hang_at(fd.get())) return errno = EXDEV, -1;
    return fd.release();
}

bool has_hanging_mounts() { return !mounts().hanging().empty(); }

bool may_hang(const std::string& path) {
    const auto& hanging = mounts().hanging();
    if (hanging.empty()) return false;
    std::deque<std::string> names;
    const auto begin_with = [&](const std::string& text) {
        const auto words = words_of(text, '/');
        names.insert(names.begin(), words.begin(), words.end());
    };
    begin_with(path.starts_with('/') ? path : directory_or_root() + '/' + path);
    std::string resolved;
    for (int links = 0; !names.empty();) {
        const auto name = std::move(names.front());
        names.pop_front();
        if (name.empty() || name == ".") continue;
        if (name == "..") {
            resolved.erase(std::min(resolved.rfind('/'), resolved.size()));
            continue;
        }
        const auto next = resolved + '/' + name;
        if (std::find(hanging.begin(), hanging.end(), next) != hanging.end()) return true;
        std::array<char, 4096> target{};
        const auto size = ::readlink(next.c_str(), target.data(), target.size());
        if (size < 0) {
            resolved = next;
            continue;
        }
        if (++links > most_links) return false;
        const std::string to(target.data(), static_cast<std::size_t>(size));
        if (to.starts_with('/')) resolved.clear();
        begin_with(to);
    }
    return false;
}

}   // namespace talos::posix

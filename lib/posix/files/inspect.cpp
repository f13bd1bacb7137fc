#include "posix/files/inspect.hpp"
#include "posix/files/private_group.hpp"
#include "posix/files/walk.hpp"
#include <algorithm>
#include <array>
#include <deque>
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace talos::posix {
namespace {

constexpr int most_links = 40;   // the kernel's MAXSYMLINKS

class Walk {
public:
    Walk(const std::string& path, const std::vector<uid_t>& owners, int flags) : path_(path), owners_(owners), flags_(flags) {}

    Result<Inspected> run() {
        if (const auto begun = from_root(); !begun) return begun.error();
        queue(path_);
        while (!left_.empty()) {
            const std::string name = std::move(left_.front());
            left_.pop_front();
            if (const auto moved = name == ".." ? up() : step(name, left_.empty()); !moved) return moved.error();
        }
        // The path ends in a directory above the target of the last link, such as `/` or `..`.
        if (!found_.file) found_.file = std::move(at_);
        return std::move(found_);
    }

private:
    [[nodiscard]] Failure failed() const { return last_error("open " + path_); }

    void queue(std::string_view text) {
        std::deque<std::string> names;
        while (!text.empty()) {
            const auto length = std::min(text.find('/'), text.size());
            if (length > 0 && text.substr(0, length) != ".") names.emplace_back(text.substr(0, length));
            text.remove_prefix(std::min(length + 1, text.size()));
        }
        left_.insert(left_.begin(), names.begin(), names.end());
    }

    Result<> from_root() {
        shown_.clear();
        return enter(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), false);
    }

    Result<> up() {
        shown_.resize(shown_.empty() ? 0 : shown_.rfind('/'));
        return enter(::openat(at_.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC), left_.empty());
    }

    Result<> enter(int opened, bool last) {
        UniqueFd directory(opened);
        if (!directory) return failed();
        struct stat info {};
        if (::fstat(directory.get(), &info) < 0) return failed();
        judge(directory.get(), info, last);
        at_ = std::move(directory);
        return {};
    }

    Result<> step(const std::string& name, bool last) {
        const UniqueFd entry(::openat(at_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        if (!entry) return failed();
        struct stat info {};
        if (::fstat(entry.get(), &info) < 0) return failed();
        bool kernel_follows = false;
        if (S_ISLNK(info.st_mode)) {
            struct statfs where {};
            kernel_follows = ::fstatfs(entry.get(), &where) == 0 && where.f_type == PROC_SUPER_MAGIC;
            if (!kernel_follows) return follow(entry, name, info);
        }
        shown_ += '/' + name;
        const int no_link = kernel_follows ? 0 : O_NOFOLLOW;
        if (!last) return enter(::openat(at_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | no_link), false);
        found_.file.reset(::openat(at_.get(), name.c_str(), flags_ | O_CLOEXEC | no_link));
        if (!found_.file || ::fstat(found_.file.get(), &info) < 0) return failed();
        judge(found_.file.get(), info, true);
        return {};
    }

    Result<> follow(const UniqueFd& link, const std::string& name, const struct stat& info) {
        if (++links_ > most_links) return failure_of(ELOOP, "open " + path_);
        std::array<char, PATH_MAX> target;
        const ssize_t length = ::readlinkat(link.get(), "", target.data(), target.size());
        if (length < 0) return failed();
        const std::string before = shown_;
        shown_ += '/' + name;
        judge(link.get(), info, false);
        shown_ = before;
        const std::string_view text(target.data(), static_cast<std::size_t>(length));
        queue(text);
        return text.starts_with('/') ? from_root() : Result<>{};
    }

    void judge(int fd, const struct stat& info, bool last) {
        if (!contains(found_.met, info.st_uid)) found_.met.push_back(info.st_uid);
        const bool directory = S_ISDIR(info.st_mode);
        const bool link = S_ISLNK(info.st_mode);
        const bool known = info.st_uid == 0 || contains(owners_, info.st_uid) || (directory && is_outside_namespace(info.st_uid));
        const bool sticky = directory && !last && (info.st_mode & S_ISVTX) != 0;
        const mode_t writers = link || sticky ? 0 : writable_by_others(fd, info);
        if (known && writers == 0) return;
        const std::string shown = shown_.empty() ? "/" : shown_;
        const auto same = [&](const Objection& one) { return one.path == shown; };
        if (std::any_of(found_.objections.begin(), found_.objections.end(), same)) return;   // reached again through a link
        found_.objections.push_back({shown, info.st_uid, info.st_mode & 07777u, writers, link, directory, !known});
    }

    static bool contains(const std::vector<uid_t>& users, uid_t user) {
        return std::find(users.begin(), users.end(), user) != users.end();
    }

    const std::string& path_;
    const std::vector<uid_t>& owners_;
    int flags_;
    UniqueFd at_;                    // the current directory of the walk
    std::string shown_;              // its resolved path; empty for /
    std::deque<std::string> left_;   // the components that remain
    int links_ = 0;
    Inspected found_;
};

}   // namespace

Result<Inspected> inspect(const std::string& path, const std::vector<uid_t>& owners, int flags) {
    return Walk(path, owners, flags).run();
}

}   // namespace talos::posix

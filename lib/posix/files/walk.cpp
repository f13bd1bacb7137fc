#include "posix/files/walk.hpp"

#include "posix/files/hanging_mounts.hpp"
#include "posix/files/private_group.hpp"
#include "posix/rights/act_as.hpp"
#include <algorithm>
#include <cstdio>
#include <deque>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <sys/syscall.h>
#include <unistd.h>

namespace talos::posix {

namespace {

constexpr int most_links = 40;   // same as the kernel's limit (path_resolution(7))

using Parts = std::deque<std::string>;

void put_in_front(Parts& parts, const std::string& path) {
    Parts more;
    for (std::size_t begin = 0; begin < path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        if (end > begin && path.substr(begin, end - begin) != ".") more.push_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    parts.insert(parts.begin(), more.begin(), more.end());
}

/// Where walks to a path begin that do not begin at the root.
struct Begin {
    UniqueFd fd;
    std::string rest;
};
std::map<std::string, Begin>& begins() {
    static std::map<std::string, Begin> known;
    return known;
}

std::string joined(const Parts& parts) {
    std::string path;
    for (const auto& part : parts) path.append(path.empty() ? "" : "/").append(part);
    return path;
}

class Walk {
    using Make = WalkOptions::Make;

public:
    Walk(const std::string& path, WalkOptions options) : path_(path), options_(options) { put_in_front(parts_, path); }

    Result<WalkedDirectory> run() {
        if (const auto begun = begin(); !begun) return begun.error();
        while (!parts_.empty() && !(options_.to_foreign && !is_trusted_owner(here_.info.st_uid))) {
            const auto part = std::move(parts_.front());
            parts_.pop_front();
            shown_.append(shown_.ends_with('/') ? "" : "/").append(part);
            if (const auto done = enter(part); !done) return done.error();
        }
        here_.rest = joined(parts_);
        return std::move(here_);
    }

private:
    Result<> begin() {
        const auto known = begins().find(path_);
        if (known == begins().end()) return begin(path_.starts_with('/') ? "/" : ".");
        const auto& rest = known->second.rest;
        parts_.clear();
        put_in_front(parts_, rest);
        shown_ = path_.ends_with(rest) ? path_.substr(0, path_.size() - rest.size()) : path_;
        return take(UniqueFd(::fcntl(known->second.fd.get(), F_DUPFD_CLOEXEC, 0)));
    }

    Result<> begin(const char* from) {
        UniqueFd fd(::open(from, O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!fd) return last_error(std::string("open ") + from);
        here_.owners.clear();
        shown_ = from;
        return take(std::move(fd));
    }

    Result<> take(UniqueFd fd) {
        struct stat info {};
        if (::fstat(fd.get(), &info) != 0) return last_error("stat " + shown_);
        return take(std::move(fd), info);
    }

    Result<> take(UniqueFd fd, const struct stat& info) {
        here_.fd = std::move(fd);
        here_.info = info;
        here_.owners.push_back(info.st_uid);
        return {};
    }

    Result<> enter(const std::string& part) {
        UniqueFd next(open_path_at(here_.fd.get(), part.c_str()));
        if (!next && errno == ENOENT && options_.rehearse) return rehearse();
        if (!next && errno == ENOENT && options_.make != Make::no) {
            if (const auto made = make(part); !made) return made;
            next.reset(open_path_at(here_.fd.get(), part.c_str()));
        }
        if (!next && errno == EXDEV)
            return refused("open " + path_ + ": " + shown_ + " is on a file system that may never respond");
        if (!next) return last_error("open " + path_);
        struct stat info {};
        if (::fstat(next.get(), &info) != 0) return last_error("stat " + shown_);
        if (S_ISLNK(info.st_mode)) return follow(next);
        if (!S_ISDIR(info.st_mode)) return failure_of(ENOTDIR, "open " + path_);
        if (part != "..") return take(std::move(next), info);
        here_.owners.resize(here_.owners.size() > 1 ? here_.owners.size() - 2 : 0);
        return take(std::move(next), info);
    }

    /// The rights to use for creating a directory in the current one.
    Result<ActAs> rights_to_make() const {
        const auto directory = shown_.substr(0, std::max<std::size_t>(shown_.rfind('/'), 1));
        const bool sticky = (here_.info.st_mode & S_ISVTX) != 0;
        // talosd's own data directory is checked by itself, regardless of the directories above it: a user that can write there
        // can move it away in any case.
        const bool as_self = options_.make == Make::as_self;
        if (!as_self && own_user() == 0 && !sticky && others_may_write(here_.fd.get(), here_.info))
            return refused(shared_directory_sentence(directory, here_.info) + ": talosd makes nothing there; `mkdir " + shown_ +
                           "` makes a directory that only its owner can write");
        const auto owner = as_self ? std::nullopt : acting_owner(here_.owners);
        return owner ? ActAs::enter(file_rights_of(*owner)) : as_self ? Result<ActAs>(ActAs::none()) : ActAs::as_self();
    }

    Result<> make(const std::string& part) {
        const auto acting = rights_to_make();
        if (!acting) return acting.error();
        if (::mkdirat(here_.fd.get(), part.c_str(), 0700) == 0 || errno == EEXIST) return {};
        return last_error("create directory " + shown_);
    }

    Result<> rehearse() {
        const auto acting = rights_to_make();
        if (!acting) return acting.error();
        if (!may_access(here_.fd.get(), ".", W_OK | X_OK)) return last_error("create directory " + shown_);
        here_.missing = true;
        parts_.clear();
        return {};
    }

    Result<> follow(const UniqueFd& link) {
        const auto target = link_target(link.get(), "");
        if (!options_.any_link && (others_may_write(here_.fd.get(), here_.info) || !is_trusted_owner(here_.info.st_uid))) {
            return failure_of(ELOOP, "open " + path_ + ": " + shown_ + " is a symbolic link to " + target +
                                         " in a directory that other users can write");
        }
        if (::faccessat(here_.fd.get(), target.c_str(), F_OK, 0) != 0 && errno == ENOENT)
            return failure_of(ENOENT, shown_ + " is a symbolic link to nothing");   // the target is not created
        if (++links_ > most_links || target.empty()) return failure_of(ELOOP, "open " + path_);
        put_in_front(parts_, target);
        if (target.starts_with('/')) return begin("/");
        shown_.resize(std::max<std::size_t>(shown_.rfind('/'), 1));
        return {};
    }

    const std::string& path_;
    WalkOptions options_;
    Parts parts_;
    WalkedDirectory here_;
    std::string shown_;
    int links_ = 0;
};

}   // namespace

bool others_may_write(const struct stat& info) { return (info.st_mode & (own_user() == 0 ? S_IWGRP | S_IWOTH : S_IWOTH)) != 0; }

bool others_may_write(int fd, const struct stat& info) { return others_may_write(info) && writable_by_others(fd, info) != 0; }

/// stat(2) shows such owners as the overflow uid, which may also be the uid of a real user.
bool is_outside_namespace(uid_t uid) {
    constexpr uid_t overflow = 65534;
    static const bool overflow_is_mapped = [] {
        std::ifstream map("/proc/self/uid_map");
        bool read = false;
        for (std::uint64_t inside = 0, outside = 0, count = 0; map >> inside >> outside >> count; read = true)
            if (inside <= overflow && overflow < inside + count) return true;
        return !read;   // without /proc, treat the number as a real uid
    }();
    return uid == overflow && !overflow_is_mapped;
}

bool is_trusted_owner(uid_t owner) { return owner == 0 || owner == own_user() || is_outside_namespace(owner); }

std::optional<uid_t> acting_owner(const std::vector<uid_t>& owners) {
    if (own_user() != 0) return std::nullopt;
    const auto found = std::find_if(owners.rbegin(), owners.rend(), [](uid_t owner) { return !is_trusted_owner(owner); });
    return found == owners.rend() ? std::nullopt : std::optional{*found};
}

std::optional<ForeignDirectory> find_foreign_directory(const std::string& path) {
    if (own_user() != 0) return std::nullopt;
    auto walked = walk(path, {.to_foreign = true});
    if (!walked || is_trusted_owner(walked->info.st_uid)) return std::nullopt;
    return ForeignDirectory{walked->info.st_uid, std::move(walked->fd), std::move(walked->rest)};
}

void walk_from(const std::string& path, UniqueFd fd, const std::string& rest) {
    begins().insert_or_assign(path, Begin{std::move(fd), rest});
}

void forget_walk_from(const std::string& path) { begins().erase(path); }

Result<WalkedDirectory> walk(const std::string& path, WalkOptions options) { return Walk(path, options).run(); }

bool may_access(int at, const std::string& name, int mode) {
    return ::syscall(SYS_faccessat2, at, name.c_str(), mode, AT_EACCESS) == 0 || (errno != EACCES && errno != EROFS);
}

std::string shared_directory_sentence(const std::string& path, const struct stat& info) {
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(info.st_mode & 07777u));
    return "users other than its owner can write to the directory " + path + " (owner " + file_rights_of(info.st_uid).user +
           ", gid " + std::to_string(info.st_gid) + ", mode " + mode + ")";
}

const char* kind_of(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFREG: return "a file";
    case S_IFDIR: return "a directory";
    case S_IFIFO: return "a FIFO";
    case S_IFLNK: return "a symbolic link";
    case S_IFSOCK: return "a socket";
    default: return "a device";
    }
}

std::string link_target(int at, const std::string& name) {
    char target[4096];
    const ssize_t length = ::readlinkat(at, name.c_str(), target, sizeof target);
    return length > 0 ? std::string(target, static_cast<std::size_t>(length)) : std::string();
}

}   // namespace talos::posix

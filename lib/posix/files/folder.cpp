#include "posix/files/folder.hpp"

#include "posix/files/file.hpp"
#include "posix/files/free_name.hpp"
#include "posix/files/open_beneath.hpp"
#include "posix/files/private_group.hpp"
#include "posix/files/walk.hpp"
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace talos::posix {

namespace {

constexpr int attempts = 16;   // an attempt fails only if another process changes the name during it
constexpr int directory_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string described(const struct stat& info, const std::string& target) {
    std::string text = kind_of(info.st_mode);
    if (S_ISLNK(info.st_mode)) text += " to " + target;
    return text;
}

/// Renames to NAME.refused-N. Returns the new name, or an empty string on failure.
std::string rename_aside(int at, const std::string& name) {
    constexpr int most = 1000;
    for (int number = 1; number <= most; ++number) {
        const auto aside = name + ".refused-" + std::to_string(number);
        if (rename_to_free_name(at, name, aside) == 0) return aside;
        if (errno != EEXIST) break;
    }
    return {};
}

/// Opens one directory below talosd's own directory. A missing one is created; a symbolic link or a directory of another user is
/// renamed.
Result<UniqueFd> enter_own(int at, const std::string& part, const std::string& shown, OwnDirectory& own, Folder::Use use) {
    for (int attempt = 0; attempt < attempts; ++attempt) {
        auto opened = open_beneath(at, part, directory_flags, 0, shown);
        const int error = opened ? 0 : opened.error().errno_value();
        if (error == ENOENT && use == Folder::Use::make) {
            if (::mkdirat(at, part.c_str(), 0700) != 0 && errno != EEXIST) return last_error("create directory " + shown);
            continue;
        }
        struct stat info {};
        if (::fstatat(opened ? opened->get() : at, opened ? "" : part.c_str(), &info, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0)
            return opened;
        const bool link = S_ISLNK(info.st_mode);
        const bool foreign = info.st_uid != ::geteuid();
        if (opened && !foreign && writable_by_others(opened->get(), info) != 0)
            return refused("other users can write to " + shown + "; `chmod go-w " + shown + "` first");
        if (opened && !foreign) return opened;
        if (!link && !opened) return opened;
        const auto what =
            link ? "a symbolic link to " + link_target(at, part) : "a directory of uid " + std::to_string(info.st_uid);
        if (use == Folder::Use::read) return failure_of(ELOOP, "open " + shown + ", " + what);
        const auto aside = rename_aside(at, part);
        if (aside.empty()) return last_error("put " + shown + " aside, " + what);
        own.warn(shown + " is " + what + ": it was renamed to " + aside + " and is not used");
    }
    return failure_of(EAGAIN, "open " + shown + ": another process keeps replacing it");
}

}   // namespace

Folder::Folder(std::shared_ptr<const UniqueFd> fd, const std::string& path, ActAs rights)
    : fd_(std::move(fd)), name_(path.substr(path.rfind('/') + 1)), shown_(path.substr(0, path.rfind('/') + 1)),
      rights_(std::move(rights)) {}

Result<Folder> Folder::open(const Location& file, Use use, bool own_only) {
    return file.own ? in_own(file, use) : elsewhere(file.path, use, own_only);
}

Result<Folder> Folder::plain(const std::string& path) {
    auto directory = posix::open_file(directory_of(path), O_PATH | O_DIRECTORY);
    if (!directory) return Failure{directory.error().code, "open " + path};
    Folder folder(std::make_shared<const UniqueFd>(std::move(*directory)), path, ActAs::none());
    folder.rules_ = false;
    return folder;
}

Result<Folder> Folder::in_own(const Location& file, Use use) {
    auto& own = *file.own;
    const auto root = own.descriptor(use == Use::make ? OwnDirectory::Make::yes : OwnDirectory::Make::no);
    if (!root) return root.error();
    auto here = *root;
    std::size_t begin = own.path().size();
    while (begin < file.path.size() && file.path[begin] == '/') ++begin;
    for (auto slash = file.path.find('/', begin); slash != std::string::npos; slash = file.path.find('/', begin)) {
        auto next = enter_own(here->get(), file.path.substr(begin, slash - begin), file.path.substr(0, slash), own, use);
        if (!next) return next.error();
        here = std::make_shared<const UniqueFd>(std::move(*next));
        begin = slash + 1;
    }
    Folder folder(std::move(here), file.path, ActAs::none());
    folder.own_ = file.own;
    folder.use_ = use;
    return folder;
}

Result<Folder> Folder::elsewhere(const std::string& path, Use use, bool own_only) {
    const bool root = own_user() == 0;
    auto walked = walk(directory_of(path), {.make = use == Use::make ? WalkOptions::Make::as_owner : WalkOptions::Make::no,
                                            .any_link = use == Use::read && !root,
                                            .rehearse = use == Use::rehearse,
                                            .to_foreign = own_only && root});
    if (!walked) return walked.error();
    const auto owner = acting_owner(walked->owners);
    const bool shared = !walked->missing && others_may_write(walked->fd.get(), walked->info);
    const bool sticky = (walked->info.st_mode & S_ISVTX) != 0;
    if (root && shared && !sticky && (use != Use::read || !owner)) {
        // Other users may need to write there, so the message does not suggest removing their write permission.
        return refused(shared_directory_sentence(directory_of(path), walked->info) + "; " + path +
                       " needs a directory that only its owner can write to, for example /var/log/talos/");
    }
    auto rights = owner ? ActAs::enter(file_rights_of(*owner)) : ActAs::as_self();
    if (!rights) return rights.error();
    Folder folder(std::make_shared<const UniqueFd>(std::move(walked->fd)), path, std::move(*rights));
    folder.acting_as_ = owner ? &file_rights_of(*owner) : nullptr;
    folder.use_ = use;
    folder.sticky_ = shared && sticky;
    folder.missing_ = walked->missing;
    return folder;
}

std::optional<struct stat> Folder::stat(const std::string& name) const {
    struct stat info {};
    if (::fstatat(fd_->get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    return info;
}

/// The reason why the file must not be used; nullopt if it can be used.
std::optional<std::string> Folder::complaint(const std::string& name, const struct stat& info) const {
    if (!S_ISREG(info.st_mode)) return described(info, link_target(fd_->get(), name));
    if (!rules_ || (use_ == Use::read && !sticky_)) return std::nullopt;
    if (info.st_nlink > 1) return "a file with " + std::to_string(info.st_nlink) + " links, which may be another's";
    const uid_t user = acting_as_ != nullptr ? acting_as_->uid : own_user();
    if ((own_ || sticky_) && info.st_uid != user) return "a file of uid " + std::to_string(info.st_uid);
    if (sticky_ && others_may_write(info)) return "a file that other users can write";
    return std::nullopt;
}

Failure Folder::refusal(const std::string& name, const std::string& why) const {
    return refused(shown(name) + " is " + why + "; talosd uses only regular files with one link");
}

/// An EACCES failure that says who owns the file or directory and how to make it usable.
Failure Folder::denied(const std::string& name) const {
    auto what = "open " + shown(name);
    if (!rules_ || own_) return failure_of(EACCES, std::move(what));
    struct stat directory {};
    (void)::fstat(fd_->get(), &directory);
    const uid_t uid = acting_as_ != nullptr ? acting_as_->uid : own_user();
    if (acting_as_ != nullptr)
        what +=
            " as " + acting_as_->user + ", the owner of " + (directory.st_uid == uid ? "its directory" : "a directory above it");
    const auto file = stat(name);
    const auto path = file ? shown(name) : shown_;
    const auto& there = file ? *file : directory;
    if (there.st_uid == uid) {
        what += std::string(" (") + (file ? "the file" : "the directory") + " denies access to its owner; `chmod u+rw" +
                (file ? "" : "x") + " " + path + "`)";
    } else if (acting_as_ == nullptr &&
               // Do not suggest chown for a directory of another user.
               (!file || directory.st_uid != uid)) {
        what += std::string(" (the ") + (file ? "file" : "directory") + " belongs to " + file_rights_of(there.st_uid).user +
                "; use a directory of your own)";
    } else {
        const auto number = file_rights_of(uid).user;
        const auto& user = number.starts_with("uid ") ? std::to_string(uid) : number;
        what += std::string(" (") + (file ? "the file" : "the directory") + " belongs to " + file_rights_of(there.st_uid).user +
                "; `chown " + user + " " + path + "`)";
    }
    return failure_of(EACCES, std::move(what));
}

bool Folder::left_by_root(const std::string& name) const {
    const auto info = stat(name);
    return acting_as_ != nullptr && !sticky_ && info && S_ISREG(info->st_mode) && info->st_nlink == 1 &&
           info->st_uid == own_user();
}

Result<> Folder::check(const Location& file) {
    if (file.own) return {};
    const auto folder = elsewhere(file.path, Use::rehearse, false);
    if (!folder) return folder.error();
    return folder->missing_ ? Result<>{} : folder->check_file();
}

Result<> Folder::check_file() const {
    const bool may_make = may_access(fd_->get(), ".", W_OK | X_OK);
    const auto named = stat(name_);
    if (!named) return may_make ? Result<>{} : denied(name_);
    if (const auto why = complaint(name_, *named)) return refusal(name_, *why);
    if (may_access(fd_->get(), name_, R_OK | W_OK) || (may_make && left_by_root(name_))) return {};
    return denied(name_);
}

/// Checks the name before opening it, because opening a device can have side effects. Checks the opened file again, because the
/// name may have been changed in between.
Result<UniqueFd> Folder::open_checked(const std::string& name, int flags) {
    if (const auto named = stat(name)) {
        if (const auto why = complaint(name, *named)) return refusal(name, *why);
    }
    auto fd = open_beneath(fd_->get(), name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600, shown(name));
    if (!fd) return fd.error().errno_value() == EACCES ? denied(name) : fd.error();
    struct stat info {};
    if (::fstat(fd->get(), &info) != 0) return last_error("stat " + shown(name));
    if (const auto why = complaint(name, info)) return refusal(name, *why);
    return fd;
}

Result<UniqueFd> Folder::open_existing(const std::string& name, int flags) {
    for (int attempt = 0;; ++attempt) {
        auto fd = open_checked(name, flags);
        if (fd || !own_ || use_ == Use::read || attempt == attempts) return fd;
        const auto info = stat(name);
        const auto why = info ? complaint(name, *info) : std::nullopt;
        if (!why || !put_aside(name, *why)) return fd;
    }
}

Result<UniqueFd> Folder::open_or_create(const std::string& name, int flags) {
    for (int attempt = 0;; ++attempt) {
        auto fd = open_existing(name, flags);
        if (fd || fd.error().errno_value() != ENOENT || attempt == attempts) return fd;
        fd = open_beneath(fd_->get(), name, flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY, 0600, shown(name));
        if (!fd && fd.error().errno_value() == EACCES) return denied(name);
        if (fd || fd.error().errno_value() != EEXIST) return fd;
    }
}

Result<UniqueFd> Folder::create(const std::string& name) {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    auto fd = open_beneath(fd_->get(), name, flags, 0600, shown(name));
    if (!fd && fd.error().errno_value() == EEXIST && vacate(name)) fd = open_beneath(fd_->get(), name, flags, 0600, shown(name));
    return fd;
}

bool Folder::put_aside(const std::string& name, const std::string& why) {
    const auto aside = rename_aside(fd_->get(), name);
    if (!aside.empty() && own_) own_->warn(shown(name) + " is " + why + ": it was renamed to " + aside + " and is not used");
    return !aside.empty();
}

bool Folder::vacate(const std::string& name) {
    const auto info = stat(name);
    if (!info) return false;
    const uid_t user = acting_as_ != nullptr ? acting_as_->uid : own_user();
    const bool foreign = info->st_uid != user && (sticky_ || own_);
    if (S_ISDIR(info->st_mode) || foreign) return put_aside(name, described(*info, link_target(fd_->get(), name)));
    return ::unlinkat(fd_->get(), name.c_str(), 0) == 0;
}

bool Folder::make_writable(const std::string& name) const {
    constexpr mode_t owner_only = 0600;
    return acting_as_ != nullptr && !sticky_ && ::fchmodat(fd_->get(), name.c_str(), owner_only, 0) == 0;
}

Result<> Folder::rename(const std::string& from, const std::string& to) {
    const auto move = [&] { return ::renameat(fd_->get(), from.c_str(), fd_->get(), to.c_str()) == 0; };
    if (sticky_ && stat(from)) (void)vacate(to);   // a file of another user is renamed, not replaced
    if (move()) return {};
    // Only a directory blocks rename(2). Anything else is replaced, and a link is not followed.
    if (rules_ && (errno == EISDIR || errno == ENOTEMPTY || errno == EEXIST) && vacate(to) && move()) return {};
    return last_error("rename " + shown(from) + " to " + shown(to));
}

void Folder::set_times(const std::string& name, const timespec& modified) const {
    const timespec times[] = {modified, modified};
    (void)::utimensat(fd_->get(), name.c_str(), times, AT_SYMLINK_NOFOLLOW);
}

}   // namespace talos::posix

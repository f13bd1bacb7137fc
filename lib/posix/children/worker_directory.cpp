#include "posix/children/worker_directory.hpp"

#include "core/text.hpp"
#include "posix/children/short_child.hpp"
#include "posix/files/free_name.hpp"
#include "posix/files/hanging_mounts.hpp"
#include "posix/files/tree_removal.hpp"
#include "posix/files/walk.hpp"
#include "posix/processes/random.hpp"
#include "posix/rights/act_as.hpp"
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace talos::posix {

namespace {

constexpr int directory_flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr std::chrono::seconds longest_removal{60};
constexpr mode_t mode_bits = 07777;
constexpr mode_t open_to_all = 0755;
constexpr mode_t closed = 0700;

/// `nobody (uid 65534)`, or `uid 4711` for a uid without an account.
std::string shown_user(uid_t uid) {
    const auto number = "uid " + std::to_string(uid);
    const auto& name = file_rights_of(uid).user;
    return name == number ? number : name + " (" + number + ")";
}

/// Opens the base directory. A missing one (in a small container, for example) is created: open to all users if it is the
/// system's, private if it is a user's.
Result<UniqueFd> open_base(const std::string& base, bool make) {
    const bool root = ::geteuid() == 0;
    if (make)
        for (auto slash = base.find('/', 1);; slash = base.find('/', slash + 1)) {
            const auto part = base.substr(0, slash);
            if (::mkdir(part.c_str(), root ? open_to_all : closed) == 0 && root) (void)::chmod(part.c_str(), open_to_all);
            if (slash == std::string::npos) break;
        }
    auto walked = walk(base, {});
    if (!walked) return walked.error();
    return std::move(walked->fd);
}

bool is_empty(int directory) {
    const int fd = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> list(fd >= 0 ? ::fdopendir(fd) : nullptr, ::closedir);
    if (!list) return false;
    while (const auto* entry = ::readdir(list.get())) {
        const std::string_view name(entry->d_name);
        if (name != "." && name != "..") return false;
    }
    return true;
}

/// A new directory, or an empty one that root created beforehand. An empty directory exposes nothing.
bool may_be_given(int directory, const struct stat& info) { return info.st_uid == ::geteuid() && is_empty(directory); }

std::string in_quotes_of_a_message(const std::string& text, std::size_t longest) {
    const auto line = in_one_line(text.substr(0, longest));
    return text.size() > longest ? line + "…" : line;
}

Failure link_or_error(int at, const std::string& name, const std::string& shown) {
    const int error = errno;
    const auto target = link_target(at, name);
    constexpr std::size_t longest = 100;   // the user controls this text
    const auto quoted = in_quotes_of_a_message(target, longest);
    if (!target.empty()) return refused(shown + " is a symbolic link to " + quoted + ", which is not followed");
    if (error == ENOTDIR) return refused(shown + " is not a directory");
    return failure_of(error, "open " + shown);
}

/// Enters a directory on the way. A user that can rename its entries could replace the final directory.
Result<UniqueFd> enter(int at, const std::string& part, const std::string& shown, uid_t owner, bool make) {
    const bool made = make && ::mkdirat(at, part.c_str(), open_to_all) == 0;
    UniqueFd fd(open_path_at(at, part.c_str()));
    if (!fd && errno == EXDEV) return refused(shown + " is on a file system that may never respond");
    if (!fd) return link_or_error(at, part, shown);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return last_error("stat " + shown);
    if (!S_ISDIR(info.st_mode)) return errno = ENOTDIR, link_or_error(at, part, shown);
    if (info.st_uid != owner && !is_trusted_owner(info.st_uid))
        return refused(shown + " belongs to " + shown_user(info.st_uid) + ", which could replace its contents");
    if (others_may_write(fd.get(), info))
        return refused("users other than its owner can write to " + shown + " and replace its contents");
    if (made && may_be_given(fd.get(), info))   // the mode must not depend on talosd's umask
        if (const UniqueFd itself{::openat(fd.get(), ".", directory_flags | O_RDONLY)}; itself)
            (void)::fchmod(itself.get(), open_to_all);
    return fd;
}

struct Parent {
    UniqueFd fd;
    std::string name;   // within the parent
};

Result<Parent> open_parent(const DirectoryPlace& place, uid_t owner, bool make) {
    auto here = open_base(place.base, make);
    if (!here) return here.error();
    std::size_t begin = 0;
    for (auto slash = place.name.find('/'); slash != std::string::npos; slash = place.name.find('/', begin)) {
        auto next = enter(here->get(), place.name.substr(begin, slash - begin), place.base + '/' + place.name.substr(0, slash),
                          owner, make);
        if (!next) return next.error();
        here = std::move(next);
        begin = slash + 1;
    }
    return Parent{std::move(*here), place.name.substr(begin)};
}

/// Returns nullopt for a mount point of a file system that may hang: the worker's user may have mounted it.
Result<std::optional<UniqueFd>> open_itself(const Parent& parent, const std::string& shown) {
    UniqueFd fd(open_on_same_mount(parent.fd.get(), parent.name.c_str()));
    if (fd) return std::optional(std::move(fd));
    if (errno != EXDEV) return link_or_error(parent.fd.get(), parent.name, shown);
    const UniqueFd path(open_path_at(parent.fd.get(), parent.name.c_str()));
    if (!path && errno == EXDEV) return std::optional<UniqueFd>{};
    if (path) fd = UniqueFd(::openat(path.get(), ".", directory_flags | O_RDONLY));
    if (!fd) return link_or_error(parent.fd.get(), parent.name, shown);
    return std::optional(std::move(fd));
}

Failure owner_refusal(const std::string& path, uid_t is, uid_t wanted) {
    return refused(path + " belongs to " + shown_user(is) + ", not to " + shown_user(wanted) + ", the worker's user; `chown -R " +
                   std::to_string(wanted) + " " + path + "` if it is the worker's");
}

}   // namespace

Result<> make_directory(const DirectoryPlace& place, const DirectoryOwner& owner, mode_t mode) {
    const auto shown = place.path();
    const auto parent = open_parent(place, owner.uid, true);
    if (!parent) return parent.error();
    if (::mkdirat(parent->fd.get(), parent->name.c_str(), closed) != 0 && errno != EEXIST)
        return last_error("create directory " + shown);
    const auto opened = open_itself(*parent, shown);
    if (!opened) return opened.error();
    if (!*opened) return {};
    const int fd = (*opened)->get();
    struct stat info {};
    if (::fstat(fd, &info) != 0) return last_error("stat " + shown);
    if (info.st_uid != owner.uid && !may_be_given(fd, info)) return owner_refusal(shown, info.st_uid, owner.uid);
    const bool owned = info.st_uid == owner.uid && info.st_gid == owner.gid;
    if (!owned && ::fchown(fd, owner.uid, owner.gid) != 0) return last_error("chown " + shown);
    if ((info.st_mode & mode_bits) != mode && ::fchmod(fd, mode) != 0) return last_error("chmod " + shown);
    return {};
}

Result<> check_directory(const DirectoryPlace& place, uid_t owner) {
    const auto missing = [](const Failure& failure) { return failure.errno_value() == ENOENT; };
    const auto shown = place.path();
    const auto parent = open_parent(place, owner, false);
    if (!parent) return missing(parent.error()) ? Result<>{} : parent.error();
    const auto opened = open_itself(*parent, shown);
    if (!opened) return missing(opened.error()) ? Result<>{} : opened.error();
    struct stat info {};
    if (!*opened || ::fstat((*opened)->get(), &info) != 0 || info.st_uid == owner || may_be_given((*opened)->get(), info))
        return {};
    return owner_refusal(shown, info.st_uid, owner);
}

Result<std::optional<TakenAway>> take_away(const DirectoryPlace& place, uid_t owner) {
    const auto shown = place.path();
    auto parent = open_parent(place, owner, false);
    if (!parent && parent.error().errno_value() == ENOENT) return std::optional<TakenAway>{};
    if (!parent) return parent.error();
    const int at = parent->fd.get();
    const auto aside = ".talos-removed-" + std::to_string(random_number());
    if (rename_to_free_name(at, parent->name, aside) != 0) {
        if (errno == ENOENT || errno == EBUSY) return std::optional<TakenAway>{};
        return last_error("rename " + shown);
    }
    // The renamed directory can only be checked now, because the name could change before.
    const auto give_back = [&](Failure failure) {
        (void)rename_to_free_name(at, aside, parent->name);
        return failure;
    };
    UniqueFd directory(open_on_same_mount(at, aside.c_str()));
    if (!directory && ::geteuid() != 0 && errno == EACCES && ::fchmodat(at, aside.c_str(), closed, 0) == 0)
        directory = UniqueFd(open_on_same_mount(at, aside.c_str()));
    if (!directory) return give_back(link_or_error(at, aside, shown));
    struct stat info {};
    if (::fstat(directory.get(), &info) != 0) return give_back(last_error("stat " + shown));
    if (info.st_uid != owner) return give_back(owner_refusal(shown, info.st_uid, owner));
    auto path = shown.substr(0, shown.rfind('/') + 1) + aside;
    return std::optional(TakenAway{std::move(parent->fd), std::move(directory), owner, aside, std::move(path)});
}

namespace {

bool empty_as(const std::optional<Credentials>& rights, int directory) {
    const auto acting = rights ? ActAs::enter(*rights) : Result<ActAs>(ActAs::none());
    return acting && empty_directory(directory);
}

}   // namespace

bool remove_all(const TakenAway& taken) {
    // Files of other users in the directory are removed only if its owner has the right to do so.
    const bool another = ::geteuid() == 0 && taken.owner != 0;
    const bool empty = empty_as(another ? std::optional(file_rights_of(taken.owner)) : std::nullopt, taken.directory.get());
    return ::unlinkat(taken.parent.get(), taken.name.c_str(), AT_REMOVEDIR) == 0 && empty;
}

Result<pid_t> remove_in_child(const TakenAway& taken) {
    if (::geteuid() == 0 && taken.owner != 0)
        (void)file_rights_of(taken.owner);   // look up now; the child must not query databases
    std::vector<int> kept{taken.parent.get(), taken.directory.get()};
    std::sort(kept.begin(), kept.end());
    return start_short_child(
        kept, longest_removal,
        [&taken] {
            if (!remove_all(taken)) ::_exit(1);
        },
        "removes a runtime directory");
}

}   // namespace talos::posix

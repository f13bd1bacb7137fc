#include "state/runtime_directory.hpp"
#include "core/stable_name.hpp"
#include "posix/files/file.hpp"
#include "posix/files/private_group.hpp"
#include "posix/files/walk.hpp"
#include "posix/processes/random.hpp"
#include <climits>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace talos::state {
namespace {

using posix::UniqueFd;

constexpr int open_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr std::size_t longest_path = sizeof(sockaddr_un{}.sun_path) - 1 - 1 - RuntimeDirectory::longest_name;

/// Directories below `base`, which exists and belongs to `owner`. The last one is the socket directory.
struct DaemonLocation {
    std::string base;
    uid_t owner = 0;
    std::vector<std::string> names;
};

enum class Make { yes, no };

std::string path_of(const DaemonLocation& place) {
    std::string path = place.base;
    for (const auto& name : place.names) path.append("/").append(name);
    return path;
}

std::string canonical(const std::string& path) {
    char resolved[PATH_MAX];
    return ::realpath(path.c_str(), resolved) != nullptr ? resolved : path;
}

std::vector<DaemonLocation> places_of(const DataDirectory& files) {
    const auto id = stable_name(canonical(files.path()));
    const uid_t self = ::geteuid();
    std::vector<DaemonLocation> places;
    if (self == 0) {
        places.push_back({"/run", 0, {"talos", id}});
    } else {
        const char* session = std::getenv("XDG_RUNTIME_DIR");
        if (session != nullptr && *session == '/') places.push_back({session, self, {"talos", id}});
        places.push_back({files.path(), self, {"run"}});
    }
    places.push_back({"/tmp", 0, {"talos-" + id}});
    return places;
}

std::string octal(mode_t mode) {
    std::string digits;
    for (int shift = 9; shift >= 0; shift -= 3) digits += static_cast<char>('0' + ((mode >> shift) & 7));
    return digits;
}

/// A failure without a code is reported to the user. A failure with a code only means that the location is unusable.
Failure not_trusted(const std::string& path, const std::string& why) {
    return refused(path + " is not used for sockets: " + why);
}

enum class Sticky { suffices, does_not };

/// `fd` refers to the directory; -1 if it could not be opened.
Result<> check(const std::string& path, int fd, const struct stat& info, uid_t owner, Sticky sticky) {
    // In a user namespace, root's system directories belong to a user outside it.
    const bool systems = owner == 0 && sticky == Sticky::suffices && posix::is_outside_namespace(info.st_uid);
    if (!systems && posix::is_outside_namespace(info.st_uid))
        return failure_of(EACCES, "use " + path);   // for talosd outside the namespace
    if (info.st_uid != owner && !systems)
        return not_trusted(path, "it belongs to uid " + std::to_string(info.st_uid) + " and not to uid " + std::to_string(owner));
    const bool protects =
        sticky == Sticky::suffices && (info.st_mode & S_ISVTX) != 0;   // only their owners can rename and remove entries
    if (!protects && posix::writable_by_others(fd, info) != 0)
        return not_trusted(path, "other users can write to it (mode " + octal(info.st_mode & 07777) + ")");
    return {};
}

Result<UniqueFd> open_base(const DaemonLocation& place) {
    auto base = posix::open_file(place.base, O_RDONLY | O_DIRECTORY);
    if (!base) return base.error();
    struct stat info {};
    if (::fstat(base->get(), &info) != 0) return last_error("stat " + place.base);
    if (const auto good = check(place.base, base->get(), info, place.owner, Sticky::suffices); !good) return good.error();
    return base;
}

/// Enters one directory of our own in another one. It must have at least the permissions in `mode`. A file of another user or a
/// link is not trusted.
Result<UniqueFd> enter(const UniqueFd& above, const std::string& name, const std::string& path, mode_t mode, Make make) {
    if (make == Make::yes && ::mkdirat(above.get(), name.c_str(), mode) != 0 && errno != EEXIST)
        return last_error("create directory " + path);
    UniqueFd directory(::openat(above.get(), name.c_str(), open_flags));
    if (!directory && (errno == ELOOP || errno == ENOTDIR)) return not_trusted(path, "it is not a directory");
    struct stat info {};
    if (!directory && ::fstatat(above.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && info.st_uid != ::geteuid())
        return check(path, -1, info, ::geteuid(), Sticky::does_not).error();
    if (!directory) return last_error("open " + path);
    if (::fstat(directory.get(), &info) != 0) return last_error("stat " + path);
    if (const auto good = check(path, directory.get(), info, ::geteuid(), Sticky::does_not); !good) return good.error();
    if ((info.st_mode & mode) != mode && ::fchmod(directory.get(), mode) != 0) return last_error("chmod " + path);
    return directory;
}

Result<UniqueFd> open_place(const DaemonLocation& place, Make make) {
    if (path_of(place).size() > longest_path) return failure_of(ENAMETOOLONG, path_of(place));
    const mode_t mode = ::geteuid() == 0 ? 0711 : 0700;
    auto directory = open_base(place);
    std::string path = place.base;
    for (const auto& name : place.names) {
        if (!directory) return directory;
        path.append("/").append(name);
        directory = enter(*directory, name, path, mode, make);
    }
    if (directory && ::flock(directory->get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return not_trusted(path, "another talosd uses it");
    return directory;
}

/// Removes sockets only: talosd creates nothing else there.
void remove_sockets(int directory) {
    UniqueFd listed(::openat(directory, ".", open_flags));
    if (!listed) return;
    const auto close = [](DIR* dir) { ::closedir(dir); };
    const std::unique_ptr<DIR, decltype(close)> dir(::fdopendir(listed.get()), close);
    if (!dir) return;
    (void)listed.release();   // closedir(3) closes it
    while (const dirent* entry = ::readdir(dir.get())) {
        struct stat info {};
        if (::fstatat(directory, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(info.st_mode))
            (void)::unlinkat(directory, entry->d_name, 0);
    }
}

}   // namespace

Result<RuntimeDirectory> RuntimeDirectory::open(const DataDirectory& files, std::vector<std::string>& complaints) {
    auto places = places_of(files);
    auto another = places.back();
    another.names.back() += '-' + stable_name(std::to_string(posix::random_number()));
    places.push_back(std::move(another));
    std::string reasons;
    for (const auto& place : places) {
        auto directory = open_place(place, Make::yes);
        if (directory) {
            remove_sockets(directory->get());
            return RuntimeDirectory(path_of(place), std::move(*directory));
        }
        const auto& failure = directory.error();
        const auto reason = "; " + failure.message();
        if (reasons.find(reason) != std::string::npos) continue;   // several locations share the same parent directory
        reasons += reason;
        if (!failure.code.failed()) complaints.push_back(failure.what);
    }
    return refused("there is no usable directory for the sockets of workers" + reasons);
}

void RuntimeDirectory::remove_leftovers(const DataDirectory& files) {
    for (const auto& place : places_of(files))
        if (auto directory = open_place(place, Make::no)) RuntimeDirectory(path_of(place), std::move(*directory)).remove();
}

void RuntimeDirectory::remove() const {
    remove_sockets(descriptor_->get());
    (void)::rmdir(path_.c_str());
}

}   // namespace talos::state

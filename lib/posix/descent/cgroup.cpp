#include "posix/descent/cgroup.hpp"

#include "posix/files/file.hpp"
#include "posix/processes/proc.hpp"
#include "posix/processes/random.hpp"
#include <array>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <memory>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace talos::posix {

namespace {

constexpr std::size_t longest_table = std::size_t{4} * 1024 * 1024;
constexpr mode_t others_may_write = S_IWGRP | S_IWOTH;

/// Reads a file in /proc, whose size is unknown.
Result<std::string> read_proc(const char* path) {
    const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
    if (!file) return last_error("open " + std::string(path));
    std::string text;
    std::array<char, 16 * 1024> block;
    for (;;) {
        const ssize_t got = ::read(file.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_error("read " + std::string(path));
        if (got == 0 || text.size() > longest_table) return text;
        text.append(block.data(), static_cast<std::size_t>(got));
    }
}

/// The directory of the cgroup `path` in the file system.
Result<std::string> find_directory(const std::string& path) {
    const auto mountinfo = read_proc("/proc/self/mountinfo");
    if (!mountinfo) return mountinfo.error();
    const auto mounts = parse_cgroup_mounts(*mountinfo);
    if (mounts.empty()) return refused("no cgroup2 file system is mounted");
    auto directory = directory_of(mounts, path);
    if (!directory) return refused("no mounted cgroup2 file system contains the cgroup " + path);
    return std::move(*directory);
}

Result<UniqueFd> open_cgroup(const std::string& path) {
    UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory) return last_error("open " + path);
    struct statfs system {};
    if (::fstatfs(directory.get(), &system) < 0) return last_error("statfs " + path);
    if (system.f_type != CGROUP2_SUPER_MAGIC) return failure_of(EPERM, path + " is not in a cgroup2 file system");
    return directory;
}

std::string random_name() {
    std::array<char, 48> name{};
    const int length = std::snprintf(name.data(), name.size(), "talos-%d-%08x", static_cast<int>(::getpid()),
                                     static_cast<unsigned>(random_number()));
    return {name.data(), static_cast<std::size_t>(length)};
}

/// Each talosd holds a lock on its directory while it runs. Returns an empty descriptor and sets errno: ENOENT if the directory
/// was removed, EWOULDBLOCK if another talosd holds the lock.
UniqueFd open_locked(int parent, const std::string& name) {
    UniqueFd directory(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory || ::flock(directory.get(), LOCK_EX | LOCK_NB) < 0) return {};
    struct stat locked {};
    struct stat named {};
    if (::fstat(directory.get(), &locked) < 0 || ::fstatat(parent, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) < 0) return {};
    if (locked.st_ino == named.st_ino) return directory;
    errno = ENOENT;
    return {};
}

/// Removes empty cgroups of a killed talosd that no status.json lists any more. Cgroups with processes stay.
void remove_abandoned(int above) {
    const int again = ::openat(above, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const auto close = [](DIR* dir) { ::closedir(dir); };
    const std::unique_ptr<DIR, decltype(close)> dir(again < 0 ? nullptr : ::fdopendir(again), close);
    if (!dir) return;
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(dir.get())) {
        if (is_tree_path("/" + std::string(entry->d_name))) names.emplace_back(entry->d_name);
    }
    for (const auto& name : names) {
        struct stat info {};
        if (::fstatat(above, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) < 0 || info.st_uid != ::geteuid()) continue;
        if (const auto locked = open_locked(above, name)) remove_with_children(above, name);
    }
}

/// A cgroup of the type `domain invalid` or `threaded` cannot contain processes.
Result<> takes_processes(int directory, const std::string& path) {
    const UniqueFd file(::openat(directory, "cgroup.type", O_RDONLY | O_CLOEXEC));
    if (!file) return last_error("open " + path + "/cgroup.type");
    std::array<char, 32> text{};
    const ssize_t size = ::read(file.get(), text.data(), text.size());
    if (size < 0) return last_error("read " + path + "/cgroup.type");
    const std::string_view type(text.data(), static_cast<std::size_t>(size));
    if (type != "domain\n")
        return refused("the cgroup " + path + " cannot contain processes (its type is " +
                       std::string(type.substr(0, type.find('\n'))) + ")");
    return {};
}

}   // namespace

std::uint64_t cgroup_namespace() {
    static const std::uint64_t inode = [] {
        struct stat info {};
        return ::stat("/proc/self/ns/cgroup", &info) == 0 ? static_cast<std::uint64_t>(info.st_ino) : 0;
    }();
    return inode;
}

Result<CgroupTree> CgroupTree::create() {
    const auto text = read_proc("/proc/self/cgroup");
    if (!text) return text.error();
    const auto own = parse_cgroup(*text);
    if (!own) return refused("this process is not in a cgroup of version 2");
    const auto parent = find_directory(*own);
    if (!parent) return parent.error();
    const auto above = open_cgroup(*parent);
    if (!above) return above.error();
    // Moving a process requires write access to this file in the common ancestor of both cgroups.
    if (::faccessat(above->get(), "cgroup.procs", W_OK, AT_EACCESS) < 0) return last_error("write " + *parent + "/cgroup.procs");
    remove_abandoned(above->get());
    constexpr mode_t mode = 0755;
    std::string name;
    UniqueFd directory;
    while (!directory) {
        name = random_name();
        if (::mkdirat(above->get(), name.c_str(), mode) < 0 && errno != EEXIST)
            return last_error("mkdir " + *parent + "/" + name);
        directory = open_locked(above->get(), name);
        if (!directory && errno != ENOENT && errno != EWOULDBLOCK) return last_error("open " + *parent + "/" + name);
    }
    std::string where = *parent + "/" + name;
    const auto abandon = [&](Failure failure) {
        (void)::unlinkat(above->get(), name.c_str(), AT_REMOVEDIR);
        return failure;
    };
    if (const auto takes = takes_processes(directory.get(), where); !takes) return abandon(takes.error());
    struct stat info {};
    if (::fstat(directory.get(), &info) < 0) return abandon(last_error("stat " + where));
    if ((info.st_mode & others_may_write) != 0 && ::fchmod(directory.get(), mode) < 0)
        return abandon(last_error("chmod " + where));
    CgroupIdentity identity{(*own == "/" ? "" : *own) + "/" + name, static_cast<std::uint64_t>(info.st_ino), cgroup_namespace()};
    return CgroupTree(std::move(directory), std::move(where), std::move(identity));
}

Result<CgroupTree> CgroupTree::open(const CgroupIdentity& identity) {
    const std::string what = "the cgroup " + identity.path;
    if (!is_tree_path(identity.path)) return failure_of(EPERM, what + " does not have a name of talosd's");
    if (identity.name_space != cgroup_namespace()) return failure_of(EPERM, what + " belongs to another cgroup namespace");
    auto where = find_directory(identity.path);
    if (!where) return where.error();
    auto directory = open_cgroup(*where);
    if (!directory) return directory.error();
    struct stat info {};
    if (::fstat(directory->get(), &info) < 0) return last_error("stat " + *where);
    if (static_cast<std::uint64_t>(info.st_ino) != identity.inode) return failure_of(EPERM, what + " is not the recorded one");
    if (info.st_uid != ::geteuid() || (info.st_mode & others_may_write) != 0)
        return failure_of(EPERM, what + " belongs to uid " + std::to_string(info.st_uid) + " or is writable for other users");
    return CgroupTree(std::move(*directory), std::move(*where), identity);
}

Result<UniqueFd> CgroupTree::make(const std::string& leaf) const {
    constexpr mode_t mode = 0755;
    const auto open = [&] {
        return UniqueFd(::openat(directory_.get(), leaf.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    };
    auto directory = open();   // try this first: a run usually reuses the cgroup of the previous run
    if (directory) return directory;
    if (errno == ENOENT && ::mkdirat(directory_.get(), leaf.c_str(), mode) < 0) return last_error("mkdir " + where_ + "/" + leaf);
    if (directory = open(); !directory) return last_error("open " + where_ + "/" + leaf);
    return directory;
}

std::optional<std::string> CgroupTree::leaf_of(pid_t pid) const {
    const auto process = ProcessDirectory::open(pid);
    if (!process) return std::nullopt;
    const auto text = process->read("cgroup", longest_table);
    const auto path = text ? parse_cgroup(*text) : std::nullopt;
    if (!path || !path->starts_with(identity_.path)) return std::nullopt;
    const auto below = std::string_view(*path).substr(identity_.path.size());
    if (!below.starts_with('/')) return std::nullopt;
    return std::string(below.substr(1, below.find('/', 1) - 1));
}

Result<UniqueFd> CgroupTree::open_in(const std::string& leaf, const char* file, int flags) const {
    const std::string name = leaf + "/" + file;
    UniqueFd opened(::openat(directory_.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
    if (!opened) return last_error("open " + where_ + "/" + name);
    return opened;
}

Result<> CgroupTree::write_to(const std::string& leaf, const char* file, const char* text) const {
    const auto opened = open_in(leaf, file, O_WRONLY);
    if (!opened) return opened.error();
    return write_all(opened->get(), text, where_ + "/" + leaf + "/" + file);
}

Result<UniqueFd> CgroupTree::open_events(const std::string& leaf) const { return open_in(leaf, "cgroup.events", O_RDONLY); }

Result<bool> CgroupTree::populated(const std::string& leaf) const {
    const auto file = open_events(leaf);
    if (!file) {
        if (file.error().errno_value() == ENOENT) return false;
        return file.error();
    }
    return read_populated(file->get());
}

Result<bool> read_populated(int events) {
    std::array<char, 256> text;
    const ssize_t size = ::pread(events, text.data(), text.size(), 0);
    if (size < 0 && errno == ENODEV) return false;
    if (size < 0) return last_error("read cgroup.events");
    const auto populated = parse_populated({text.data(), static_cast<std::size_t>(size)});
    if (!populated) return refused("cgroup.events does not say whether the cgroup is populated");
    return *populated;
}

}   // namespace talos::posix

#include "posix/rights/act_as.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <grp.h>
#include <linux/capability.h>
#include <map>
#include <memory>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace talos::posix {

namespace {

constexpr gid_t nogroup = 65534;

// Raw system calls: setgroups(3) signals all threads, and the wrappers hide the result of the kernel.
uid_t set_uid(uid_t uid) { return static_cast<uid_t>(::syscall(SYS_setfsuid, uid)); }
gid_t set_gid(gid_t gid) { return static_cast<gid_t>(::syscall(SYS_setfsgid, gid)); }
bool set_groups(const std::vector<gid_t>& groups) { return ::syscall(SYS_setgroups, groups.size(), groups.data()) == 0; }

/// The rights of this process. Its groups do not change while it runs.
const Credentials& own_rights() {
    static const Credentials own = [] {
        Credentials rights{::geteuid(), ::getegid(), {}, {}};
        const int count = ::getgroups(0, nullptr);
        rights.groups.resize(static_cast<std::size_t>(std::max(count, 0)));
        if (count > 0) rights.groups.resize(static_cast<std::size_t>(std::max(::getgroups(count, rights.groups.data()), 0)));
        return rights;
    }();
    return own;
}

/// An invalid ID changes nothing and returns the current one.
bool has(const Credentials& rights) {
    return set_uid(static_cast<uid_t>(-1)) == rights.uid && set_gid(static_cast<gid_t>(-1)) == rights.gid;
}

/// Whether this process can access files regardless of their owner and mode. setfsuid(2) drops these capabilities unless the
/// securebits say otherwise (capabilities(7), "Effect of user ID changes").
bool has_power_over_files() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2]{};
    if (::syscall(SYS_capget, &header, data) != 0) return true;
    constexpr std::uint32_t power =
        1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_FOWNER | 1u << CAP_CHOWN | 1u << CAP_FSETID;
    return (data[0].effective & power) != 0;
}

/// enter() sets the uid last and restore() sets it first, because changing groups needs the capability that root's uid has.
bool restore() {
    const auto& own = own_rights();
    (void)set_uid(own.uid);
    (void)set_gid(own.gid);
    return set_groups(own.groups) && has(own);
}

struct CloseFile {
    void operator()(FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<FILE, CloseFile>;

/// Reads the files only: a statically linked program cannot use the other databases (nsswitch.conf(5)).
Credentials look_up_in_files(uid_t uid) {
    Credentials rights{uid, nogroup, {}, "uid " + std::to_string(uid)};
    const File users(std::fopen("/etc/passwd", "re"));
    const passwd* entry = users ? ::fgetpwent(users.get()) : nullptr;
    while (entry != nullptr && entry->pw_uid != uid) entry = ::fgetpwent(users.get());
    if (entry == nullptr) return rights;
    rights.user = entry->pw_name;
    rights.gid = entry->pw_gid;
    rights.groups.push_back(rights.gid);
    const File groups(std::fopen("/etc/group", "re"));
    while (const group* one = groups ? ::fgetgrent(groups.get()) : nullptr)
        for (char** member = one->gr_mem; *member != nullptr; ++member)
            if (rights.user == *member) rights.groups.push_back(one->gr_gid);
    return rights;
}

CredentialsLookup lookup = look_up_in_files;

std::map<uid_t, Credentials>& known_rights() {
    static std::map<uid_t, Credentials> known;
    return known;
}

/// Whose rights this process has for good, and the user that it had before.
struct Become {
    Credentials rights;
    uid_t before = 0;
};
const Become* become_done = nullptr;

}   // namespace

void look_up_credentials_with(CredentialsLookup function) { lookup = function; }

const Credentials& file_rights_of(uid_t uid) {
    auto& known = known_rights();
    const auto found = known.find(uid);
    return found != known.end() ? found->second : known.emplace(uid, lookup(uid)).first->second;
}

uid_t own_user() { return become_done != nullptr ? become_done->before : ::geteuid(); }

Result<> become(const Credentials& rights) {
    const uid_t before = ::geteuid();
    if (before == rights.uid) return {};
    if (::setgroups(rights.groups.size(), rights.groups.data()) != 0) return last_error("take the groups of " + rights.user);
    if (::setresgid(rights.gid, rights.gid, rights.gid) != 0) return last_error("take the group of " + rights.user);
    if (::setresuid(rights.uid, rights.uid, rights.uid) != 0) return last_error("become " + rights.user);
    if (::setresuid(before, before, before) == 0) return refused("become " + rights.user + ": the way back is open");
    static Become done;
    done = {rights, before};
    become_done = &done;
    known_rights().insert_or_assign(rights.uid, rights);
    return {};
}

Result<ActAs> ActAs::as_self() {
    if (become_done == nullptr) return none();
    return refused("it is not in a directory of " + become_done->rights.user + " any more");
}

Result<ActAs> ActAs::enter(const Credentials& rights) {
    if (become_done != nullptr) {
        if (become_done->rights.uid == rights.uid) return none();
        return refused("it is in a directory of " + rights.user + " now, and no longer in one of " + become_done->rights.user);
    }
    if (!has(own_rights()))
        return refused("files cannot be used as " + rights.user + ": another user's rights are in use already");
    if (!set_groups(rights.groups)) return last_error("take the groups of " + rights.user + " to use its files");
    (void)set_gid(rights.gid);
    (void)set_uid(rights.uid);
    if (has(rights) && !has_power_over_files()) return ActAs(true);
    if (!restore()) std::abort();   // the rights are unknown: it is not safe to continue
    return failure_of(EPERM, "use files as " + rights.user + " (talosd needs CAP_SETUID and CAP_SETGID for it)");
}

ActAs::ActAs(ActAs&& other) noexcept : active_(std::exchange(other.active_, false)) {}

ActAs::~ActAs() {
    if (active_ && !restore()) std::abort();   // the rights are unknown: it is not safe to continue
}

}   // namespace talos::posix

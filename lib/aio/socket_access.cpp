#include "aio/socket_access.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <endian.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace talos::aio {

namespace {

/// The kernel's format of the attribute "system.posix_acl_access" (linux/posix_acl_xattr.h, linux/posix_acl.h), little endian.
struct Entry {
    std::uint16_t tag;
    std::uint16_t permissions;
    std::uint32_t id;
};
enum : std::uint16_t { owner = 0x01, named_user = 0x02, group = 0x04, mask = 0x10, others = 0x20 };
constexpr std::uint32_t version = 2;
constexpr std::uint32_t no_id = ~std::uint32_t{0};
constexpr std::uint16_t read_and_write = 6;

void append(std::string& list, const Entry& entry) {
    const Entry stored{htole16(entry.tag), htole16(entry.permissions), htole32(entry.id)};
    list.append(reinterpret_cast<const char*>(&stored), sizeof stored);
}

/// The kernel requires the entries in the order of their tags, and users in the order of their IDs.
std::string list_for(std::vector<uid_t> users) {
    std::sort(users.begin(), users.end());
    const std::uint32_t head = htole32(version);
    std::string list(reinterpret_cast<const char*>(&head), sizeof head);
    append(list, {owner, read_and_write, no_id});
    for (const uid_t user : users) append(list, {named_user, read_and_write, user});
    append(list, {group, 0, no_id});
    append(list, {mask, read_and_write, no_id});
    append(list, {others, 0, no_id});
    return list;
}

}   // namespace

Result<> give_access(int directory, const std::string& name, const std::vector<uid_t>& users) {
    std::vector<uid_t> others;
    for (const uid_t user : users)
        if (user != 0 && user != ::geteuid() && std::find(others.begin(), others.end(), user) == others.end())
            others.push_back(user);
    if (others.empty()) return {};
    const uid_t first = others.front();
    if (::fchownat(directory, name.c_str(), first, static_cast<gid_t>(-1), AT_SYMLINK_NOFOLLOW) != 0)
        return last_error("give uid " + std::to_string(first));
    others.erase(others.begin());
    if (others.empty()) return {};
    const auto list = list_for(others);
    const auto path = "/proc/self/fd/" + std::to_string(directory) + '/' + name;
    if (::lsetxattr(path.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) != 0)
        return last_error("give uid " + std::to_string(others.front()) + " access to");
    return {};
}

}   // namespace talos::aio

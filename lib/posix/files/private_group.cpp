#include "posix/files/private_group.hpp"

#include "posix/files/file.hpp"
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <sys/xattr.h>

namespace talos::posix {
namespace {

constexpr std::size_t most_text = 4u << 20;

using Fields = std::array<std::string_view, 4>;   // name, password, and two fields whose order differs between both files

std::optional<unsigned> number(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

Fields fields_of(std::string_view line) {
    Fields fields;
    for (auto& field : fields) {
        field = line.substr(0, line.find(':'));
        line.remove_prefix(std::min(field.size() + 1, line.size()));
    }
    return fields;
}

/// Whether `agrees` returns true for every entry. An entry that refers to another database gives false.
template <class Agrees>
bool all_entries(std::string_view text, const Agrees& agrees) {
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.empty() || line.front() == '#') continue;
        if (line.front() == '+' || line.front() == '-' || !agrees(fields_of(line))) return false;
    }
    return true;
}

/// Returns true for any error other than those that mean "no access control list".
bool has_access_list(int fd) {
    const auto path = "/proc/self/fd/" + std::to_string(fd);   // fgetxattr(2) does not accept an O_PATH descriptor
    if (::getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) >= 0) return true;
    return errno != ENODATA && errno != EOPNOTSUPP;
}

}   // namespace

bool is_private_group(gid_t group, uid_t user, std::string_view passwd, std::string_view groups) {
    if (user == 0 || group == 0) return false;
    std::string_view name;
    const bool primary_of_user_alone = all_entries(passwd, [&](const Fields& entry) {
        const bool users = number(entry[2]) == user;
        if (!users) return number(entry[3]) != group;
        if (!name.empty() || number(entry[3]) != group) return false;   // two names for the same user: uncertain
        name = entry[0];
        return true;
    });
    if (!primary_of_user_alone || name.empty()) return false;
    bool found = false;
    const bool without_others = all_entries(groups, [&](const Fields& entry) {
        if (number(entry[2]) != group) return true;
        found = true;
        return entry[0] == name && (entry[3].empty() || entry[3] == name);
    });
    return found && without_others;
}

bool is_private_group(gid_t group, uid_t user) {
    if (user == 0 || group == 0) return false;
    const auto passwd = read_file("/etc/passwd", most_text);
    const auto groups = read_file("/etc/group", most_text);
    return passwd && groups && is_private_group(group, user, *passwd, *groups);
}

mode_t writable_by_others(int fd, const struct stat& info) {
    const mode_t bits = info.st_mode & (S_IWGRP | S_IWOTH);
    if ((bits & S_IWGRP) == 0 || !is_private_group(info.st_gid, info.st_uid) || has_access_list(fd)) return bits;
    return bits & S_IWOTH;
}

}   // namespace talos::posix

#include "accounts/passwd.hpp"
#include "posix/files/file.hpp"
#include <algorithm>
#include <charconv>
#include <limits>

namespace talos::accounts {
namespace {

/// Removes the field before the next colon from the front of `line` and returns it.
std::string_view take_field(std::string_view& line) {
    const auto field = line.substr(0, line.find(':'));
    line.remove_prefix(std::min(field.size() + 1, line.size()));
    return field;
}

/// Calls `visit(name, uid)` for each line of the file until it returns true.
template <class Visit>
void for_each_user(const Visit& visit) {
    const auto text = posix::read_file("/etc/passwd", 4u << 20);
    if (!text) return;
    for (std::string_view left = *text; !left.empty();) {
        auto line = left.substr(0, left.find('\n'));
        left.remove_prefix(std::min(line.size() + 1, left.size()));
        const auto name = take_field(line);
        (void)take_field(line);
        const auto uid = parse_uid(take_field(line));
        if (uid && !name.empty() && visit(name, *uid)) return;
    }
}

}   // namespace

std::string local_name(uid_t uid) {
    std::string found;
    for_each_user([&](std::string_view name, uid_t other) {
        if (other == uid) found = name;
        return other == uid;
    });
    return found;
}

std::optional<uid_t> local_uid(std::string_view user) {
    std::optional<uid_t> found;
    for_each_user([&](std::string_view name, uid_t uid) {
        if (name == user) found = uid;
        return name == user;
    });
    return found ? found : parse_uid(user);
}

std::optional<uid_t> parse_uid(std::string_view text) {
    uid_t uid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uid);
    const bool whole = !text.empty() && error == std::errc{} && end == text.data() + text.size();
    return whole && uid != std::numeric_limits<uid_t>::max() ? std::optional(uid) : std::nullopt;   // (uid_t)-1 is not a user
}

}   // namespace talos::accounts

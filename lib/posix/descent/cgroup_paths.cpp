#include "posix/descent/cgroup_paths.hpp"

#include <algorithm>
#include <array>

namespace talos::posix {

namespace {

constexpr std::string_view tree_prefix = "talos-";
constexpr std::size_t longest_name = 255;   // NAME_MAX
// In the order of CgroupKind.
constexpr std::array<std::string_view, 4> kind_prefixes{"run-", "hook-", "probe-", "helper-"};

template <class Use>
void for_each_part(std::string_view text, char separator, const Use& use) {
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        use(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// mountinfo encodes space, tab, newline and backslash as three octal digits.
std::string without_escapes(std::string_view text) {
    const auto octal = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
            plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

/// Whether the path is absolute and contains no empty component, `.` or `..`.
bool is_plain_path(std::string_view path) {
    if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) return false;
    if (path == "/") return true;
    bool plain = !path.ends_with('/');
    path.remove_prefix(1);
    for_each_part(path, '/', [&](std::string_view part) { plain = plain && !part.empty() && part != "." && part != ".."; });
    return plain;
}

bool is_tree_name(std::string_view name) {
    constexpr std::string_view characters = "0123456789abcdef-";
    if (!name.starts_with(tree_prefix) || name.size() > longest_name) return false;
    name.remove_prefix(tree_prefix.size());
    return !name.empty() && name.find_first_not_of(characters) == std::string_view::npos;
}

}   // namespace

std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo) {
    std::vector<CgroupMount> mounts;
    for_each_part(mountinfo, '\n', [&](std::string_view line) {
        // See proc(5): ID, parent, device, root, mount point, options, optional fields up to `-`, file system type, source,
        // options.
        std::vector<std::string_view> fields;
        for_each_part(line, ' ', [&](std::string_view field) { fields.push_back(field); });
        const auto separator = std::find(fields.begin(), fields.end(), "-");
        if (separator - fields.begin() < 6 || fields.end() - separator < 2 || *(separator + 1) != "cgroup2") return;
        mounts.push_back({without_escapes(fields[3]), without_escapes(fields[4])});
    });
    return mounts;
}

std::optional<std::string> parse_cgroup(std::string_view text) {
    std::optional<std::string> found;
    for_each_part(text, '\n', [&](std::string_view line) {
        constexpr std::string_view unified = "0::";
        constexpr std::string_view removed = " (deleted)";
        if (line.starts_with(unified) && !line.ends_with(removed)) found = std::string(line.substr(unified.size()));
    });
    return found;
}

std::optional<std::string> directory_of(const std::vector<CgroupMount>& mounts, std::string_view path) {
    if (!is_plain_path(path)) return std::nullopt;   // `/../x` is outside this cgroup namespace
    for (auto mount = mounts.rbegin(); mount != mounts.rend(); ++mount) {
        if (!is_plain_path(mount->root)) continue;
        const std::string_view root = mount->root == "/" ? std::string_view() : std::string_view(mount->root);
        if (!path.starts_with(root)) continue;
        const auto below = path.substr(root.size());
        if (!below.empty() && !below.starts_with('/')) continue;
        return mount->point + std::string(below == "/" ? std::string_view() : below);
    }
    return std::nullopt;
}

bool is_tree_path(std::string_view path) { return is_plain_path(path) && is_tree_name(path.substr(path.rfind('/') + 1)); }

std::string leaf_name(CgroupKind kind, std::string_view worker, std::uint64_t number) {
    std::string name(kind_prefixes.at(static_cast<std::size_t>(kind)));
    name += worker;   // at most 64 characters, without `/` and `:`
    if (number != 0) name += ':' + std::to_string(number);
    return name;
}

std::optional<CgroupLeaf> parse_leaf(std::string_view name) {
    if (name.size() > longest_name || name.find('/') != std::string_view::npos) return std::nullopt;
    for (const auto kind : {CgroupKind::run, CgroupKind::hook, CgroupKind::probe, CgroupKind::helper}) {
        const auto prefix = kind_prefixes.at(static_cast<std::size_t>(kind));
        if (!name.starts_with(prefix)) continue;
        name.remove_prefix(prefix.size());
        const auto colon = name.find(':');
        const auto worker = name.substr(0, colon);
        if (colon != std::string_view::npos) {
            const auto number = name.substr(colon + 1);
            if (number.empty() || number.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
        }
        if (worker.empty()) return std::nullopt;
        return CgroupLeaf{kind, std::string(worker)};
    }
    return std::nullopt;
}

std::optional<bool> parse_populated(std::string_view events) {
    std::optional<bool> populated;
    for_each_part(events, '\n', [&](std::string_view line) {
        if (line == "populated 0") populated = false;
        if (line == "populated 1") populated = true;
    });
    return populated;
}

}   // namespace talos::posix

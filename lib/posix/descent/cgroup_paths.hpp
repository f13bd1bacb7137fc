#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Parses cgroup data from /proc and the names of talosd's cgroups. Does not access the file system.
namespace talos::posix {

/// A mounted cgroup2 file system. `root` is the cgroup that is mounted at `point`, as named in this cgroup namespace.
struct CgroupMount {
    std::string root;
    std::string point;
    friend bool operator==(const CgroupMount&, const CgroupMount&) = default;
};

/// The cgroup2 mounts in /proc/self/mountinfo, in file order, including a mount next to version 1 (`/sys/fs/cgroup/unified`).
[[nodiscard]] std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo);

/// The path after `0::` in /proc/PID/cgroup. nullopt if the kernel lacks cgroup v2 or the cgroup was removed.
[[nodiscard]] std::optional<std::string> parse_cgroup(std::string_view text);

/// The directory of the cgroup `path` in the last mount that contains it (the last mount hides earlier ones). nullopt if no mount
/// does.
[[nodiscard]] std::optional<std::string> directory_of(const std::vector<CgroupMount>& mounts, std::string_view path);

/// Whether this is an absolute path without `.`, `..` and empty components whose last component is a name that talosd gives to
/// its cgroup.
[[nodiscard]] bool is_tree_path(std::string_view path);

/// The purpose of a cgroup below talosd's cgroup.
enum class CgroupKind : std::uint8_t { run, hook, probe, helper };

/// The name of such a cgroup: `run-web`, or `run-web:2` if `run-web` cannot be used.
[[nodiscard]] std::string leaf_name(CgroupKind kind, std::string_view worker, std::uint64_t number = 0);

struct CgroupLeaf {
    CgroupKind kind = CgroupKind::run;
    std::string worker;
    friend bool operator==(const CgroupLeaf&, const CgroupLeaf&) = default;
};
/// Parses a name that leaf_name() returns; nullopt for any other name.
[[nodiscard]] std::optional<CgroupLeaf> parse_leaf(std::string_view name);

/// The value of `populated` in cgroup.events; nullopt if it is missing.
[[nodiscard]] std::optional<bool> parse_populated(std::string_view events);

}   // namespace talos::posix

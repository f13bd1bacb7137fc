#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What /proc says about cgroups, and the names of those that talosd makes. Parsing only.
namespace talos::posix {

/// A mounted cgroup2 file system: `root` is the cgroup that `point` shows, as this process's cgroup namespace calls it.
struct CgroupMount {
    std::string root;
    std::string point;
    friend bool operator==(const CgroupMount&, const CgroupMount&) = default;
};

/// Those of /proc/self/mountinfo, in its order: the unified hierarchy, also beside version 1 (`/sys/fs/cgroup/unified`).
[[nodiscard]] std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo);

/// The path after `0::` in /proc/PID/cgroup. Nothing where the kernel has no cgroup v2, and for a cgroup that was removed.
[[nodiscard]] std::optional<std::string> parse_cgroup(std::string_view text);

/// The directory of the cgroup `path`: through the last mount that shows it, which hides earlier ones. Nothing when none does.
[[nodiscard]] std::optional<std::string> directory_of(const std::vector<CgroupMount>& mounts, std::string_view path);

/// An absolute path without `.`, `..` and empty components, whose last component is one that talosd gives to its own cgroup.
[[nodiscard]] bool is_tree_path(std::string_view path);

/// What a cgroup below talosd's is for.
enum class CgroupKind : std::uint8_t { run, hook, probe, helper };

/// The name of such a cgroup: `run-web`, and `run-web:2` where that cannot be used.
[[nodiscard]] std::string leaf_name(CgroupKind kind, std::string_view worker, std::uint64_t number = 0);

struct CgroupLeaf {
    CgroupKind kind = CgroupKind::run;
    std::string worker;
    friend bool operator==(const CgroupLeaf&, const CgroupLeaf&) = default;
};
/// Nothing for a name that leaf_name() does not give.
[[nodiscard]] std::optional<CgroupLeaf> parse_leaf(std::string_view name);

/// What cgroup.events says; nothing when it does not say `populated`.
[[nodiscard]] std::optional<bool> parse_populated(std::string_view events);

}   // namespace talos::posix

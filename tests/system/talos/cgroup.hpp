#pragma once
#include "system/talos/daemon.hpp"
#include <string>
#include <sys/types.h>

namespace talos::test {

/// Whether a talosd that the test starts has cgroups. Warns where it has none: then a test of them proves nothing.
[[nodiscard]] bool has_cgroups();

/// A command for the shell: starts a process in the background that has left its session, has an empty environment, no descriptor of its
/// parent's, and no parent but the subreaper. It writes its PID into `file`. `what` is what it does then.
[[nodiscard]] std::string escape(const std::string& file, const std::string& what = "exec sleep 120");
/// The PID in such a file, once it is there.
[[nodiscard]] pid_t pid_in(const std::string& file);

/// Where the cgroup `path` of /proc/PID/cgroup is mounted.
[[nodiscard]] std::string mounted_cgroup(const std::string& path);

/// The directory of the worker's cgroup, by what status.json says; fails the test when it says nothing.
[[nodiscard]] std::string cgroup_of(const Daemon& daemon, const std::string& worker);
/// That of talosd's own; empty when there is none.
[[nodiscard]] std::string cgroup_of(const Daemon& daemon);

}   // namespace talos::test

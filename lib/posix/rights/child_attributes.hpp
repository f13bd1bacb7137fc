#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace talos::posix {

/// The identity of a child: real, effective and saved IDs are set to these.
struct Credentials {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;   ///< all supplementary groups
    std::string user;            ///< for messages
};

/// One limit of getrlimit(2). An absent value is not changed. ~0 means unlimited.
struct LimitRequest {
    int resource = 0;
    std::optional<std::uint64_t> soft;
    std::optional<std::uint64_t> hard;
};

/// Attributes that the kernel sets for a child. An unset one is inherited from the parent.
struct ChildAttributes {
    std::optional<Credentials> credentials;
    std::vector<LimitRequest> limits;
    std::optional<mode_t> umask;
    std::optional<int> nice;            ///< -20 to 19
    std::optional<int> oom_score_adj;   ///< -1000 to 1000
    std::vector<unsigned> cpus;         ///< CPUs that it may use; empty: those of its parent
    bool no_new_privileges = false;
};

/// The attributes in the form that system calls need. The child only reads it.
struct GrantPlan {
    struct Limit {
        int resource;
        bool with_soft, with_hard;
        std::uint64_t soft, hard;
    };
    explicit GrantPlan(const ChildAttributes& attributes);

    std::vector<Limit> limits;
    std::vector<unsigned long> cpu_mask;
    std::string oom_score_adj;        ///< the text for /proc/self/oom_score_adj
    const Credentials* credentials;   ///< points into the attributes, which must outlive the plan
    int umask;                        ///< -1: not changed
    int nice;
    bool with_nice;
    bool no_new_privileges;
};

}   // namespace talos::posix

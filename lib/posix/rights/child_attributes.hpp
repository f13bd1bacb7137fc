#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace talos::posix {

/// Who a child is, all three of real, effective and saved.
struct Credentials {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;   ///< supplementary ones, complete
    std::string user;            ///< for messages
};

/// One limit of getrlimit(2); what is absent stays as it is. ~0 is unlimited.
struct LimitRequest {
    int resource = 0;
    std::optional<std::uint64_t> soft;
    std::optional<std::uint64_t> hard;
};

/// What the kernel is asked to grant a child; what is not set stays as its parent has it.
struct ChildAttributes {
    std::optional<Credentials> credentials;
    std::vector<LimitRequest> limits;
    std::optional<mode_t> umask;
    std::optional<int> nice;            ///< -20 to 19
    std::optional<int> oom_score_adj;   ///< -1000 to 1000
    std::vector<unsigned> cpus;         ///< that it may run on; empty: all that its parent may
    bool no_new_privileges = false;
};

/// One system call's worth of the above, prepared: the child only reads it.
struct GrantPlan {
    struct Limit {
        int resource;
        bool with_soft, with_hard;
        std::uint64_t soft, hard;
    };
    explicit GrantPlan(const ChildAttributes& attributes);

    std::vector<Limit> limits;
    std::vector<unsigned long> cpu_mask;
    std::string oom_score_adj;        ///< as it is written to the kernel's file
    const Credentials* credentials;   ///< of the attributes, which must stay
    int umask;                        ///< -1: unchanged
    int nice;
    bool with_nice;
    bool no_new_privileges;
};

}   // namespace talos::posix

#include "posix/rights/child_attributes.hpp"
#include <algorithm>
#include <limits>

namespace talos::posix {
namespace {

std::vector<unsigned long> mask_of(const std::vector<unsigned>& cpus) {
    constexpr unsigned bits = std::numeric_limits<unsigned long>::digits;
    std::vector<unsigned long> mask;
    for (const unsigned cpu : cpus) {
        mask.resize(std::max<std::size_t>(mask.size(), cpu / bits + 1));
        mask[cpu / bits] |= 1ul << (cpu % bits);
    }
    return mask;
}

}   // namespace

GrantPlan::GrantPlan(const ChildAttributes& attributes)
    : cpu_mask(mask_of(attributes.cpus)),
      oom_score_adj(attributes.oom_score_adj ? std::to_string(*attributes.oom_score_adj) : std::string()),
      credentials(attributes.credentials ? &*attributes.credentials : nullptr),
      umask(attributes.umask ? static_cast<int>(*attributes.umask) : -1), nice(attributes.nice.value_or(0)),
      with_nice(attributes.nice.has_value()), no_new_privileges(attributes.no_new_privileges) {
    for (const auto& limit : attributes.limits)
        limits.push_back(
            {limit.resource, limit.soft.has_value(), limit.hard.has_value(), limit.soft.value_or(0), limit.hard.value_or(0)});
}

}   // namespace talos::posix

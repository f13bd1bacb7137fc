#pragma once
#include <optional>
#include <span>
#include <string_view>

namespace talos {

/// A kind of resource that the kernel limits for a process: getrlimit(2).
struct ResourceKind {
    std::string_view name;   ///< as RLIMIT_NAME without the prefix, in lower case
    int number;              ///< RLIMIT_...
    bool in_bytes;
};

[[nodiscard]] std::span<const ResourceKind> resource_kinds();
/// By name; nothing for an unknown one.
[[nodiscard]] std::optional<ResourceKind> resource_kind(std::string_view name);
/// `nofile`; empty for a number that is none.
[[nodiscard]] std::string_view resource_name(int number);

}   // namespace talos

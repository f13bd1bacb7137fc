#pragma once
#include <optional>
#include <span>
#include <string_view>

namespace talos {

/// A resource that the kernel limits for each process (getrlimit(2)).
struct ResourceKind {
    std::string_view name;   ///< RLIMIT_NAME without the prefix, in lower case
    int number;              ///< RLIMIT_...
    bool in_bytes;
};

[[nodiscard]] std::span<const ResourceKind> resource_kinds();
/// Finds a resource by its name; nullopt if the name is unknown.
[[nodiscard]] std::optional<ResourceKind> resource_kind(std::string_view name);
/// The name of a resource, e.g. `nofile`; empty for an unknown number.
[[nodiscard]] std::string_view resource_name(int number);

}   // namespace talos

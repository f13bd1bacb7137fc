#include "core/resource_limit.hpp"
#include <algorithm>
#include <array>
#include <sys/resource.h>

namespace talos {
namespace {

constexpr std::array<ResourceKind, 16> kinds{{
    {"as", RLIMIT_AS, true},
    {"core", RLIMIT_CORE, true},
    {"cpu", RLIMIT_CPU, false},
    {"data", RLIMIT_DATA, true},
    {"fsize", RLIMIT_FSIZE, true},
    {"locks", RLIMIT_LOCKS, false},
    {"memlock", RLIMIT_MEMLOCK, true},
    {"msgqueue", RLIMIT_MSGQUEUE, true},
    {"nice", RLIMIT_NICE, false},
    {"nofile", RLIMIT_NOFILE, false},
    {"nproc", RLIMIT_NPROC, false},
    {"rss", RLIMIT_RSS, true},
    {"rtprio", RLIMIT_RTPRIO, false},
    {"rttime", RLIMIT_RTTIME, false},
    {"sigpending", RLIMIT_SIGPENDING, false},
    {"stack", RLIMIT_STACK, true},
}};

}   // namespace

std::span<const ResourceKind> resource_kinds() { return kinds; }

std::optional<ResourceKind> resource_kind(std::string_view name) {
    const auto* const found =
        std::find_if(kinds.begin(), kinds.end(), [&](const ResourceKind& kind) { return kind.name == name; });
    return found == kinds.end() ? std::nullopt : std::optional{*found};
}

std::string_view resource_name(int number) {
    const auto* const found =
        std::find_if(kinds.begin(), kinds.end(), [&](const ResourceKind& kind) { return kind.number == number; });
    return found == kinds.end() ? std::string_view() : found->name;
}

}   // namespace talos

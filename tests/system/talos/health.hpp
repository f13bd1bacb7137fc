#pragma once
#include "system/talos/daemon.hpp"
#include <cstdint>
#include <string>

namespace talos::test {

/// `health` of one worker in status.json; an empty state when it has none.
struct HealthView {
    std::string state;
    std::int64_t failures = 0;
    std::string reason;
};
[[nodiscard]] HealthView health_of(const Daemon& daemon, const std::string& worker);

/// Once it is in that state; fails the test when that does not come.
HealthView await_health(const Daemon& daemon, const std::string& worker, const std::string& state);

/// How often the history has told this of the worker.
[[nodiscard]] int times_told(const Daemon& daemon, const std::string& worker, const std::string& cause);

}   // namespace talos::test

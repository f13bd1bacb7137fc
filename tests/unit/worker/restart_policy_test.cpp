#include "support/catch.hpp"
#include "worker/data/restart_policy.hpp"
#include <limits>

using namespace talos;
using namespace talos::worker;
using namespace std::chrono_literals;

namespace {

constexpr config::RestartSpec restart(Millis first, double factor, Millis most = 30s, double jitter = 0) {
    config::RestartSpec spec;
    spec.delay = first;
    spec.factor = factor;
    spec.max_delay = most;
    spec.jitter = jitter;
    return spec;
}

constexpr auto doubling = restart(100ms, 2);
static_assert(delay(doubling, 0) == 0ms);
static_assert(delay(doubling, 1) == 100ms);
static_assert(delay(doubling, 2) == 200ms);
static_assert(delay(doubling, 3) == 400ms);
static_assert(delay(doubling, 4) == 800ms);
static_assert(delay(doubling, 9) == 25'600ms);
static_assert(delay(doubling, 10) == 30s);
static_assert(delay(doubling, 11) == 30s);
static_assert(delay(doubling, std::numeric_limits<std::uint32_t>::max()) == 30s);

constexpr auto constant = restart(250ms, 1);
static_assert(delay(constant, 1) == 250ms);
static_assert(delay(constant, 2) == 250ms);
static_assert(delay(constant, std::numeric_limits<std::uint32_t>::max()) == 250ms);

constexpr auto none = restart(0ms, 2);
static_assert(delay(none, 1) == 0ms);
static_assert(delay(none, 50) == 0ms);
static_assert(delay(none, std::numeric_limits<std::uint32_t>::max()) == 0ms);

constexpr auto fractional = restart(100ms, 1.5);
static_assert(delay(fractional, 2) == 150ms);
static_assert(delay(fractional, 3) == 225ms);
static_assert(delay(restart(100ms, 1.3), 3) == 169ms);   // 1.3² is a little less in binary: rounded, not cut

static_assert(delay(restart(10s, 2, 3s), 1) == 3s);   // the cap holds for the first delay too
static_assert(delay(restart(10s, 2, 0ms), 5) == 0ms);
static_assert(delay(restart(1ms, 1e308), 2) == 30s);   // no overflow on the way
static_assert(delay(restart(1ms, 1e308), 1'000'000) == 30s);
static_assert(delay(restart(1ms, 2, 876'000h), 64) == 876'000h);   // the longest duration that a config can hold

static_assert(delay(doubling, 3, 0.0) == 400ms);   // no jitter: the roll does not matter
static_assert(delay(doubling, 3, 0.999) == 400ms);

constexpr auto jittery = restart(1s, 2, 30s, 0.1);
static_assert(delay(jittery, 1, 0.0) == 900ms);
static_assert(delay(jittery, 1, 0.5) == 1s);
static_assert(delay(jittery, 1, 0.75) == 1'050ms);
static_assert(delay(jittery, 2, 0.0) == 1'800ms);
static_assert(delay(jittery, 20, 0.999) == 30s);   // never over max_delay
static_assert(delay(jittery, 20, 0.0) == 27s);
static_assert(delay(restart(1s, 2, 30s, 1.0), 1, 0.0) == 0ms);
static_assert(delay(restart(0ms, 2, 30s, 1.0), 7, 0.9) == 0ms);

}   // namespace

TEST_CASE("backoff: a factor just above 1 costs no step per failure") {
    auto slow = restart(100ms, 1.0 + 1e-12);
    CHECK(delay(slow, std::numeric_limits<std::uint32_t>::max()) == 100ms);   // 4 billion steps would run into the timeout
    slow.factor = 1.0 + 1e-9;
    CHECK(delay(slow, 4'000'000'000u) == 5'460ms);   // e⁴ times
}

TEST_CASE("backoff: the delay never shrinks from failure to failure") {
    for (const double factor : {1.0, 1.01, 1.5, 2.0, 3.7, 1000.0}) {
        CAPTURE(factor);
        const auto policy = restart(70ms, factor);
        bool grows = true;
        for (std::uint32_t n = 1; n < 2'000; ++n) grows = grows && delay(policy, n) <= delay(policy, n + 1);
        CHECK(grows);
    }
}

TEST_CASE("backoff: jitter stays within its share, on both sides, and uses all of it") {
    const auto policy = restart(10s, 1, 30s, 0.25);
    std::uint64_t random = 1;
    Millis least = 1h;
    Millis most{0};
    for (int n = 0; n < 10'000; ++n) {
        const Millis wait = delay(policy, 1, roll(random));
        least = std::min(least, wait);
        most = std::max(most, wait);
    }
    CHECK(least >= 7'500ms);
    CHECK(least < 7'600ms);
    CHECK(most <= 12'500ms);
    CHECK(most > 12'400ms);
}

TEST_CASE("backoff: the same seed rolls the same numbers, another seed others, all from 0 to below 1") {
    std::uint64_t one = 5;
    std::uint64_t same = 5;
    std::uint64_t other = 6;
    bool in_range = true;
    bool equal = true;
    int coincidences = 0;
    for (int n = 0; n < 10'000; ++n) {
        const double a = roll(one);
        const double b = roll(same);
        const double c = roll(other);
        in_range = in_range && a >= 0.0 && a < 1.0;
        equal = equal && std::equal_to<>{}(a, b);
        coincidences += std::equal_to<>{}(a, c) ? 1 : 0;
    }
    CHECK(in_range);
    CHECK(equal);
    CHECK(coincidences == 0);
}

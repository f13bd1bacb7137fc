#include "core/allowance.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace std::chrono_literals;

namespace {

constexpr SteadyTime t0{1000s};
constexpr Allowance::Rate rate{3, 0.5};

int taken(Allowance& allowance, SteadyTime now) {
    int count = 0;
    while (allowance.take(now)) ++count;
    return count;
}

}   // namespace

TEST_CASE("allowance: so many at once, then as many as time brings, and never more than those at once") {
    Allowance allowance(rate, t0);
    CHECK(taken(allowance, t0) == 3);
    CHECK(taken(allowance, t0 + 1s) == 0);
    CHECK(taken(allowance, t0 + 2s) == 1);
    CHECK(taken(allowance, t0 + 6s) == 2);
    CHECK(taken(allowance, t0 + 1h) == 3);
}

TEST_CASE("allowance: what is spent beyond it is waited for, but no longer than agreed") {
    Allowance allowance(rate, t0);
    CHECK(allowance.next(t0) == SteadyTime::min());
    allowance.spend(3, 60, t0);
    CHECK(allowance.next(t0) == t0 + 2s);
    allowance.spend(1000, 60, t0);
    CHECK(allowance.next(t0) == t0 + 60s);
    CHECK_FALSE(allowance.take(t0 + 59s));
    CHECK(allowance.take(t0 + 60s));
}

#include "checks/watch/health_probes.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace std::chrono_literals;
using checks::first_pause;
using checks::next_pause;

TEST_CASE("health probes: the first look comes anywhere in the interval") {
    CHECK(first_pause(10s, 0.0) == 0ms);
    CHECK(first_pause(10s, 0.25) == 2'500ms);
    CHECK(first_pause(10s, 0.9999) < 10s);
}

TEST_CASE("health probes: an interval from look to look, give or take a tenth, however long one takes") {
    CHECK(next_pause(10s, 0ms, 0.0) == 9s);
    CHECK(next_pause(10s, 0ms, 0.5) == 10s);
    CHECK(next_pause(10s, 0ms, 0.999) <= 11s);
    CHECK(next_pause(10s, 4s, 0.5) == 6s);
}

TEST_CASE("health probes: a look that took longer than the interval is followed by the next one at once") {
    CHECK(next_pause(10s, 10s, 0.5) == 0ms);
    CHECK(next_pause(10s, 1h, 0.5) == 0ms);
}

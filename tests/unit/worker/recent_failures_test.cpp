#include "support/catch.hpp"
#include "worker/data/recent_failures.hpp"

using namespace std::chrono_literals;
using talos::SteadyTime;
using talos::worker::RecentFailures;

TEST_CASE("recent failures: those of the last hour count, to the minute") {
    const SteadyTime start{100h + 30s};
    RecentFailures failures;
    CHECK(failures.in_last_hour(start) == 0);
    failures.add(start);
    failures.add(start + 10s);
    failures.add(start + 30min);
    CHECK(failures.in_last_hour(start + 30min) == 3);
    CHECK(failures.in_last_hour(start + 59min) == 3);
    CHECK(failures.in_last_hour(start + 61min) == 1);
    CHECK(failures.in_last_hour(start + 91min) == 0);
    failures.add(start + 200h);
    CHECK(failures.in_last_hour(start + 200h) == 1);
}

TEST_CASE("recent failures: many in one minute are all counted, up to what is known of a minute") {
    const SteadyTime start{5h};
    RecentFailures failures;
    for (int i = 0; i < 70'000; ++i) failures.add(start);
    CHECK(failures.in_last_hour(start + 1s) == 65'535);
}

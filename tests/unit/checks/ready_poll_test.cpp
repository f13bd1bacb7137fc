#include "checks/watch/ready_poll.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace std::chrono_literals;
using checks::longest_look;
using checks::pause_after;

TEST_CASE("looks: quickly at first, then at the interval, however many there were") {
    CHECK(pause_after(1, 1s) == 10ms);
    CHECK(pause_after(2, 1s) == 20ms);
    CHECK(pause_after(7, 1s) == 640ms);
    CHECK(pause_after(8, 1s) == 1s);
    CHECK(pause_after(4'000'000'000u, 1s) == 1s);
    CHECK(pause_after(1, 10ms) == 10ms);
    CHECK(pause_after(2, 10ms) == 10ms);
    CHECK(pause_after(11, 1h) == 10'240ms);
    CHECK(pause_after(12, 1h) == 1h);
}

TEST_CASE("looks: one may take as long as the interval, and five seconds at least") {
    CHECK(longest_look(10ms) == 5s);
    CHECK(longest_look(30s) == 30s);
}

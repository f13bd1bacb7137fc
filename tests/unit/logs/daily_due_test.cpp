#include "logs/files/daily_due.hpp"
#include "support/catch.hpp"

using talos::logs::DailyDue;
using talos::logs::next_midnight;

namespace {

constexpr std::time_t noon = 1'790'000'000;
constexpr std::time_t hour = 3600;
constexpr std::time_t year = 365 * 24 * hour;

}   // namespace

TEST_CASE("daily: due at the midnight after the file was written last") {
    DailyDue due;
    due.set(noon, noon - 48 * hour);
    CHECK(due.passed(noon));
    due.set(noon, noon);
    CHECK_FALSE(due.passed(next_midnight(noon) - 1));
    CHECK(due.passed(next_midnight(noon)));
    CHECK_FALSE(due.outdated(noon));
    CHECK_FALSE(due.outdated(noon + year));
}

TEST_CASE("daily: a clock that is set back by a year makes the file due at the next midnight of that clock") {
    DailyDue due;
    due.set(noon, noon);
    const auto before = noon - year;
    REQUIRE(due.outdated(before));
    due.set(before, noon);   // the file's time is that of the clock before
    CHECK_FALSE(due.outdated(before));
    CHECK_FALSE(due.passed(before));
    CHECK_FALSE(due.passed(next_midnight(before) - 1));
    CHECK(due.passed(next_midnight(before)));
}

TEST_CASE("daily: a file whose time lies ahead of the clock is due at the clock's next midnight") {
    DailyDue due;
    due.set(noon, noon + year);
    CHECK_FALSE(due.passed(noon));
    CHECK(due.passed(next_midnight(noon)));
}

#include "cli/command_line/moment.hpp"
#include "support/catch.hpp"
#include <ctime>

using namespace talos;
using namespace talos::cli;

namespace {

constexpr std::int64_t second = 1'000'000'000;

std::int64_t moment(const char* text, WallTime now = wall_from_ms(1769646670000)) {
    const auto parsed = parse_moment(text, now);
    CAPTURE(text);
    REQUIRE(parsed.has_value());
    return *parsed;
}

/// By the clock of this test's time zone, whichever that is.
std::int64_t local(int year, int month, int day, int hour, int minute, int seconds) {
    std::tm parts{};
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    parts.tm_mday = day;
    parts.tm_hour = hour;
    parts.tm_min = minute;
    parts.tm_sec = seconds;
    parts.tm_isdst = -1;
    return std::int64_t{::mktime(&parts)} * second;
}

}   // namespace

TEST_CASE("moment: a duration counts back from now, a time with its zone is itself") {
    CHECK(moment("10s") == 1769646660 * second);
    CHECK(moment("1h30m") == (1769646670 - 5400) * second);
    CHECK(moment("2026-01-29T00:31:10.000000007Z") == 1769646670 * second + 7);
    CHECK(moment("2026-01-29T01:31:10+01:00") == 1769646670 * second);
}

TEST_CASE("moment: a time without a zone is one of the local clock") {
    CHECK(moment("2026-01-29 03:31:10") == local(2026, 1, 29, 3, 31, 10));
    CHECK(moment("2026-07-29T03:31:10.25") == local(2026, 7, 29, 3, 31, 10) + second / 4);
    CHECK(moment("2026-01-29 03:31") == local(2026, 1, 29, 3, 31, 0));
    CHECK(moment("2026-01-29") == local(2026, 1, 29, 0, 0, 0));
}

TEST_CASE("moment: without a date it is today's") {
    const auto now = wall_from_ms(local(2026, 3, 14, 15, 9, 26) / 1'000'000);
    CHECK(moment("03:31", now) == local(2026, 3, 14, 3, 31, 0));
    CHECK(moment("15:09:26.5", now) == local(2026, 3, 14, 15, 9, 26) + second / 2);
}

TEST_CASE("moment: what is none is refused with an example") {
    for (const char* text : {"", "yesterday", "10", "-5m", "2026", "2026-02-30", "2026-13-01", "2026-01-29 25:00",
                             "2026-01-29 00:31:10x", "00:31:10.", "00:31x", "9999-01-01", "0001-01-01 00:00:00", "31:00"}) {
        CAPTURE(text);
        const auto parsed = parse_moment(text, wall_from_ms(0));
        REQUIRE_FALSE(parsed.has_value());
        CHECK(parsed.error().message().find("10m") != std::string::npos);
    }
}

TEST_CASE("moment: written as RFC 3339 with all its digits") {
    CHECK(rfc3339(1769646670 * second + 7) == "2026-01-29T00:31:10.000000007Z");
    CHECK(rfc3339(-1) == "1969-12-31T23:59:59.999999999Z");
}

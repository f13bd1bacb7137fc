#include "cli/command_line/moment.hpp"
#include "cli/logs/log_times.hpp"
#include "support/catch.hpp"
#include <cstdlib>
#include <ctime>

using namespace talos;
using namespace talos::cli;

namespace {

constexpr std::int64_t time_of_line = 1769646670123456789;   // 2026-01-29T00:31:10.123456789Z

/// An hour in front of UTC.
void use_zone() {
    ::setenv("TZ", "XXX-1", 1);
    ::tzset();
}

}   // namespace

TEST_CASE("log times: milliseconds, local or UTC, a dash of the same width where there is none") {
    use_zone();
    LogTimes local{LogTimes::Zone::local, 0};
    CHECK(local.of_line(time_of_line) == "2026-01-29 01:31:10.123");
    CHECK(local.of_line(time_of_line + 1'000'000) == "2026-01-29 01:31:10.124");
    CHECK(local.of_line(std::nullopt) == "-                      ");
    CHECK(local.of_line(time_of_line) == "2026-01-29 01:31:10.123");
    CHECK(local.of_line(-1) == "1970-01-01 00:59:59.999");
    LogTimes utc{LogTimes::Zone::utc, 0};
    CHECK(utc.of_line(time_of_line) == "2026-01-29T00:31:10.123Z");
    CHECK(utc.of_line(std::nullopt).size() == utc.of_line(time_of_line).size());
}

TEST_CASE("log times: --since takes what is shown") {
    use_zone();
    LogTimes local{LogTimes::Zone::local, 0};
    LogTimes utc{LogTimes::Zone::utc, 0};
    constexpr std::int64_t shown = time_of_line / 1'000'000 * 1'000'000;
    CHECK(*parse_moment(local.of_line(time_of_line), WallTime{}) == shown);
    CHECK(*parse_moment(utc.of_line(time_of_line), WallTime{}) == shown);
}

TEST_CASE("log times: a run of today has no date") {
    use_zone();
    CHECK(LogTimes{LogTimes::Zone::local, time_of_line}.of_run(time_of_line) == "01:31:10");
    CHECK(LogTimes{LogTimes::Zone::utc, time_of_line}.of_run(time_of_line) == "00:31:10Z");
    constexpr std::int64_t day = 86'400'000'000'000;
    CHECK(LogTimes{LogTimes::Zone::local, time_of_line + day}.of_run(time_of_line) == "2026-01-29 01:31:10");
    CHECK(LogTimes{LogTimes::Zone::utc, time_of_line + day}.of_run(time_of_line) == "2026-01-29T00:31:10Z");
    // Midnight of the local clock lies between the two.
    CHECK(LogTimes{LogTimes::Zone::local, time_of_line}.of_run(time_of_line - 7'200'000'000'000) == "2026-01-28 23:31:10");
}

// When a file is rotated other than by its size, and what becomes of old ones that are compressed.
#include "logs/files/log_series.hpp"
#include "logs/files/rotating_file.hpp"
#include "support/eventually.hpp"
#include "support/result_text.hpp"
#include "support/temporary_directory.hpp"
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <sys/stat.h>
#include <vector>

using namespace talos;
using namespace talos::test;
using namespace std::chrono_literals;
using logs::RotatingFile;

namespace {

void set_written(const std::string& path, std::time_t when) {
    const timespec times[] = {{when, 0}, {when, 0}};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

class TimeZone {
public:
    explicit TimeZone(const char* name) {
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    TimeZone(const TimeZone&) = delete;
    TimeZone& operator=(const TimeZone&) = delete;
    ~TimeZone() {
        ::unsetenv("TZ");
        ::tzset();
    }
};

}   // namespace

TEST_CASE("rotation by time: a file that is old enough ends before the next line, one without lines does not") {
    const TemporaryDirectory dir;
    RotatingFile file(dir / "log", {1000, 3, 50ms});
    REQUIRE(file.open());
    REQUIRE(file.write("first\n"));
    int lines = 1;
    CHECK(eventually([&] {
        ++lines;
        REQUIRE(file.write("next\n"));
        return exists(dir / "log.1");
    }));
    const auto old = read_text(dir / "log.1");
    CHECK(old.starts_with("first\n"));
    CHECK(read_text(dir / "log") == "next\n");
    CHECK(old.size() + 5 == 6 + 5 * static_cast<std::size_t>(lines - 1));
}

TEST_CASE("rotation by time: an hour is not over at once, also for a file that was there before") {
    const TemporaryDirectory dir;
    for (int run = 0; run < 3; ++run) REQUIRE(RotatingFile(dir / "log", {1000, 3, 1h}).write("line\n"));
    CHECK_FALSE(exists(dir / "log.1"));
    CHECK(read_text(dir / "log") == "line\nline\nline\n");
}

TEST_CASE("rotation by time: a changed policy counts from the file's begin") {
    const TemporaryDirectory dir;
    RotatingFile file(dir / "log", {1000, 3});
    REQUIRE(file.write("line\n"));
    file.set_policy({1000, 3, 1ms});
    CHECK(eventually([&] {
        REQUIRE(file.write("line\n"));
        return exists(dir / "log.1");
    }));
}

TEST_CASE("rotation daily: a file last written yesterday ends before today's first line") {
    const TemporaryDirectory dir;
    RotatingFile::Policy daily;
    daily.daily = true;
    write_text(dir / "log", "yesterday\n");
    set_written(dir / "log", ::time(nullptr) - 25 * 3600);
    RotatingFile file(dir / "log", daily);
    REQUIRE(file.write("today\n"));
    REQUIRE(file.write("today\n"));
    CHECK(read_text(dir / "log.1") == "yesterday\n");
    CHECK(read_text(dir / "log") == "today\ntoday\n");
    CHECK_FALSE(exists(dir / "log.2"));
}

TEST_CASE("rotation daily: a file whose time lies a year ahead is not due, nor is one that was written since") {
    const TemporaryDirectory dir;
    RotatingFile::Policy daily;
    daily.daily = true;
    write_text(dir / "log", "before the clock was set back\n");
    set_written(dir / "log", ::time(nullptr) + 365 * 24 * 3600);
    RotatingFile file(dir / "log", daily);
    REQUIRE(file.write("after\n"));
    CHECK(read_text(dir / "log") == "before the clock was set back\nafter\n");
    CHECK_FALSE(exists(dir / "log.1"));
}

TEST_CASE("rotation daily: midnight is the local clock's, also where a day has 23 or 25 hours") {
    const TimeZone zone("Europe/Berlin");
    if (::timezone == 0) return;   // no such zone is installed
    const auto at = [](int year, int month, int day, int hour) {
        tm local{};
        local.tm_year = year - 1900;
        local.tm_mon = month - 1;
        local.tm_mday = day;
        local.tm_hour = hour;
        local.tm_isdst = -1;
        return ::mktime(&local);
    };
    CHECK(logs::next_midnight(at(2026, 3, 29, 0)) == at(2026, 3, 30, 0));
    CHECK(at(2026, 3, 30, 0) - at(2026, 3, 29, 0) == 23 * 3600);
    CHECK(logs::next_midnight(at(2026, 10, 25, 1)) == at(2026, 10, 26, 0));
    CHECK(at(2026, 10, 26, 0) - at(2026, 10, 25, 0) == 25 * 3600);
    CHECK(logs::next_midnight(at(2026, 12, 31, 23)) == at(2027, 1, 1, 0));
}

TEST_CASE("outside rotation: a file that was moved away or removed gets no lines for long") {
    const TemporaryDirectory dir;
    RotatingFile file(dir / "log", {1 << 20, 3});
    REQUIRE(file.write("before\n"));
    const bool removed = GENERATE(false, true);
    if (removed) std::filesystem::remove(dir / "log");
    else std::filesystem::rename(dir / "log", dir / "moved");
    CHECK(eventually([&] {
        REQUIRE(file.write("after\n"));
        return exists(dir / "log");
    }));
    CHECK(read_text(dir / "log") == "after\n");
}

TEST_CASE("outside rotation: a file that was emptied is rotated by its new size") {
    const TemporaryDirectory dir;
    RotatingFile file(dir / "log", {1000, 3});
    REQUIRE(file.write(std::string(900, 'x') + "\n"));
    std::filesystem::resize_file(dir / "log", 0);
    const auto end = std::chrono::steady_clock::now() + 1100ms;   // what is promised
    while (std::chrono::steady_clock::now() < end) ::poll(nullptr, 0, 100);
    for (int n = 0; n < 10; ++n) REQUIRE(file.write(std::string(49, 'y') + "\n"));
    CHECK(read_text(dir / "log").size() == 500);
    CHECK_FALSE(exists(dir / "log.1"));
}

TEST_CASE("reopen: in the middle of a line it waits for the line's end") {
    const TemporaryDirectory dir;
    RotatingFile file(dir / "log", {1000, 3});
    REQUIRE(file.write("begun"));
    CHECK(file.mid_line());
    std::filesystem::rename(dir / "log", dir / "moved");
    file.reopen();
    REQUIRE(file.write(" and ended\n"));
    REQUIRE(file.write("next\n"));
    CHECK(read_text(dir / "moved") == "begun and ended\n");
    CHECK(read_text(dir / "log") == "next\n");
}

TEST_CASE("two pieces are one write: limits and rotation see them as one") {
    const TemporaryDirectory dir;
    RotatingFile file(dir / "log", {20, 9});
    std::size_t written = 0;
    REQUIRE(file.write("begin ", "end\n2nd line\n3rd line\n", &written));
    CHECK(written == 28);
    CHECK(read_text(dir / "log.1") == "begin end\n2nd line\n");
    CHECK(read_text(dir / "log") == "3rd line\n");
}

TEST_CASE("series: compressed old ones move along, and those past the number kept go") {
    const TemporaryDirectory dir;
    write_text(dir / "log", "now\n");
    write_text(dir / "log.1", "1");
    write_text(dir / "log.2.zst", "2");
    write_text(dir / "log.3.zst", "3");
    write_text(dir / "log.4.zst", "4");
    REQUIRE(logs::shift_logs(dir / "log", 3, true));
    CHECK(read_text(dir / "log.1") == "now\n");
    CHECK(read_text(dir / "log.2") == "1");
    CHECK(read_text(dir / "log.3.zst") == "2");
    for (const auto* gone : {"log", "log.1.zst", "log.2.zst", "log.3", "log.4", "log.4.zst"}) CHECK_FALSE(exists(dir / gone));
}

TEST_CASE("series: of both forms of one file, left by a crash, the plain one moves on") {
    const TemporaryDirectory dir;
    write_text(dir / "log", "now\n");
    write_text(dir / "log.1", "1");
    write_text(dir / "log.1.zst", "compressed 1");
    REQUIRE(logs::shift_logs(dir / "log", 3, true));
    CHECK(read_text(dir / "log.2") == "1");
    CHECK_FALSE(exists(dir / "log.1.zst"));
    CHECK_FALSE(exists(dir / "log.2.zst"));
}

TEST_CASE("series: compressed files from a time when that was the policy grow old too") {
    const TemporaryDirectory dir;
    write_text(dir / "log.1.zst", "1");
    RotatingFile file(dir / "log", {5, 2});
    for (const auto* line : {"aaaa\n", "bbbb\n", "cccc\n", "dddd\n"}) REQUIRE(file.write(line));
    CHECK(read_text(dir / "log.2") == "bbbb\n");
    CHECK_FALSE(exists(dir / "log.1.zst"));
    CHECK_FALSE(exists(dir / "log.2.zst"));
}

TEST_CASE("series: of files past the number kept four go at each rotation and the oldest go first") {
    const TemporaryDirectory dir;
    for (int number = 3; number <= 22; ++number) write_text(dir / ("log." + std::to_string(number)), "left");
    std::vector<int> left;
    const auto count = [&] {
        int files = 0;
        for (int number = 3; number <= 22; ++number) files += exists(dir / ("log." + std::to_string(number))) ? 1 : 0;
        return files;
    };
    for (int rotation = 0; rotation < 5; ++rotation) {
        write_text(dir / "log", "now\n");
        REQUIRE(logs::shift_logs(dir / "log", 2, false));
        left.push_back(count());
    }
    CHECK(left == std::vector<int>{16, 12, 8, 4, 0});
    CHECK(read_text(dir / "log.2") == "now\n");
}

TEST_CASE("series: each large file that a rotation removes is handed over to be freed piece by piece") {
    const TemporaryDirectory dir;
    const std::string large(2u << 20, 'x');
    for (const auto* name : {"log.1", "log.1.zst", "log.2", "log.2.zst", "log.3", "log.4.zst"}) write_text(dir / name, large);
    RotatingFile::Policy policy{20, 2};
    policy.compressed = true;
    policy.hand_over = true;
    RotatingFile file(dir / "log", policy);
    REQUIRE(file.write("a first line of it\n"));
    REQUIRE(file.write("a second line of it\n"));
    const auto replaced = file.take_replaced();
    CHECK(replaced.size() == 5);   // all but log.1, which is log.2 now
    CHECK(read_text(dir / "log.2") == large);
    for (const auto& held : replaced) {
        struct stat info {};
        REQUIRE(::fstat(held.get(), &info) == 0);
        CHECK(info.st_nlink == 0);
        CHECK(info.st_size == static_cast<off_t>(large.size()));
    }
    CHECK(file.take_replaced().empty());
}

#include "daemon/file_series.hpp"
#include "posix/compressed_log.hpp"
#include "posix/file.hpp"
#include "posix/log_series.hpp"
#include "support/catch.hpp"
#include "support/result_text.hpp"
#include "support/temporary_directory.hpp"
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>

namespace posix = talos::posix;
using talos::daemon::FileSeries;
using talos::test::TemporaryDirectory;

namespace {

void add(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::app | std::ios::binary) << text; }

void rotate(const std::string& path, unsigned keep) {
    std::error_code ignored;
    const auto numbered = [&](unsigned number) { return number == 0 ? path : path + "." + std::to_string(number); };
    for (unsigned number = keep; number-- > 0;) std::filesystem::rename(numbered(number), numbered(number + 1), ignored);
}

std::string all_of(FileSeries& series) {
    std::string text;
    for (;;) {
        const auto before = text.size();
        const auto got = series.read(text);
        REQUIRE(got);
        CHECK(*got == text.size() - before);
        CHECK(*got <= FileSeries::piece);
        if (*got == 0) return text;
    }
}

/// Numbered lines of many lengths, some longer than what a search reads at once.
std::string numbered_lines(unsigned first, unsigned last) {
    std::string text;
    for (auto number = first; number <= last; ++number)
        text.append(std::to_string(number)).append(" ").append(number % 97 == 0 ? 50'000 : number % 50, 'x').append("\n");
    return text;
}

unsigned number_of(std::string_view line) {
    unsigned number = 0;
    std::from_chars(line.data(), line.data() + line.size(), number);
    return number;
}

}  // namespace

TEST_CASE("file series: from the oldest to the newest, then what is added, across rotations") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    add(path, "one\n");
    rotate(path, 5);
    add(path, "two\n");
    FileSeries series(path);
    CHECK(all_of(series) == "one\ntwo\n");
    add(path, "three\n");
    rotate(path, 5);
    add(path, "four\n");
    rotate(path, 5);
    CHECK(all_of(series) == "three\nfour\n");
    add(path, "five\n");
    CHECK(all_of(series) == "five\n");
}

TEST_CASE("file series: one that is not there yet is begun at its first byte") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    FileSeries series(path);
    CHECK(all_of(series).empty());
    const auto there = series.seek_back(10);
    REQUIRE(there);
    CHECK(*there);
    add(path, "one\n");
    rotate(path, 5);
    add(path, "two\n");
    CHECK(all_of(series) == "one\ntwo\n");
}

TEST_CASE("file series: files that went before they were read are passed over, those that were read do not come again") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    for (const std::string text : {"1\n", "2\n", "3\n"}) {
        add(path, text);
        rotate(path, 2);
    }
    add(path, "4\n");
    FileSeries series(path);
    CHECK(all_of(series) == "2\n3\n4\n");
    add(path, "5\n");
    std::filesystem::remove(path);   // by hand: the older ones are older still
    std::filesystem::last_write_time(path + ".1", std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    std::filesystem::last_write_time(path + ".2", std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
    add(path, "6\n");
    CHECK(all_of(series) == "5\n6\n");
}

TEST_CASE("file series: a file that is emptied in place is read from its begin") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    add(path, "a long first text\n");
    FileSeries series(path);
    CHECK(all_of(series) == "a long first text\n");
    std::filesystem::resize_file(path, 0);
    add(path, "second\n");
    CHECK(all_of(series) == "second\n");
}

TEST_CASE("file series: the search ends at the wanted line or a little before it, wherever it is") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    add(path, numbered_lines(1, 3000));
    rotate(path, 5);
    add(path, numbered_lines(3001, 6000));
    rotate(path, 5);
    add(path, "");
    const unsigned wanted = GENERATE(1u, 2u, 97u, 98u, 1500u, 2999u, 3000u, 3001u, 3002u, 4500u, 5999u, 6000u, 6001u);
    CAPTURE(wanted);
    FileSeries series(path);
    REQUIRE(series.seek([&](std::string_view line) { return number_of(line) >= wanted; }));
    const auto text = all_of(series);
    CHECK(text.ends_with(wanted > 6000 ? std::string() : numbered_lines(wanted, 6000)));
    CHECK(text.size() <= (wanted > 6000 ? 0 : numbered_lines(wanted, 6000).size()) + 120'000);
    CHECK((text.empty() || number_of(text) > 0));
}

TEST_CASE("file series: compressed files are read like plain ones, also those that are compressed while they are read") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    const auto compress = [&](unsigned number) {
        const auto from = posix::open_file(posix::old_log(path, number), O_RDONLY);
        const auto to = posix::open_file(posix::compressed_log(path, number), O_WRONLY | O_CREAT | O_EXCL, 0600);
        REQUIRE(from);
        REQUIRE(to);
        REQUIRE(posix::compress_log(from->get(), to->get()));
        std::filesystem::remove(posix::old_log(path, number));
    };
    add(path, numbered_lines(1, 10'000));
    REQUIRE(posix::shift_logs(path, 5, true));
    compress(1);
    add(path, numbered_lines(10'001, 20'000));
    FileSeries series(path);
    bool there = false;
    for (int step = 0; !there && step < 100; ++step) {
        const auto found = series.seek_back(15'000);
        REQUIRE(found);
        there = *found;
    }
    CHECK(there);
    std::string text;
    REQUIRE(series.read(text));
    REQUIRE(posix::shift_logs(path, 5, true));   // while it is being read
    compress(1);
    add(path, numbered_lines(20'001, 21'000));
    CHECK(text + all_of(series) == numbered_lines(5'001, 21'000));
}

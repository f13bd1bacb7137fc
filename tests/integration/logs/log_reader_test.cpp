#include "logs/files/compressed_log.hpp"
#include "logs/files/log_series.hpp"
#include "logs/read/log_search.hpp"
#include "posix/files/file.hpp"
#include "support/catch.hpp"
#include "support/result_text.hpp"
#include "support/temporary_directory.hpp"
#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

namespace logs = talos::logs;
namespace posix = talos::posix;
using talos::logs::FirstWanted;
using talos::logs::LastLines;
using talos::logs::LogReader;
using talos::test::TemporaryDirectory;

namespace {

void add(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::app | std::ios::binary) << text; }

void rotate(const std::string& path, unsigned keep) {
    std::error_code ignored;
    const auto numbered = [&](unsigned number) { return number == 0 ? path : path + "." + std::to_string(number); };
    for (unsigned number = keep; number-- > 0;) std::filesystem::rename(numbered(number), numbered(number + 1), ignored);
}

std::string all_of(LogReader& series) {
    std::string text;
    for (;;) {
        const auto before = text.size();
        const auto got = series.next(text);
        REQUIRE(got);
        CHECK(*got == text.size() - before);
        CHECK(*got <= LogReader::piece);
        if (*got == 0) return text;
    }
}

LogReader at_end(const std::string& path) {
    auto reader = LogReader::at_end(path);
    REQUIRE(reader);
    return std::move(*reader);
}

/// Steps until it is there.
template <class Search>
void find(Search search, LogReader& reader) {
    for (int step = 0; step < 10'000; ++step) {
        const auto there = search.step(reader);
        REQUIRE(there);
        if (*there) return;
    }
    FAIL("a search without end");
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

}   // namespace

TEST_CASE("log reader: from the oldest to the newest, then what is added, across rotations") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    add(path, "one\n");
    rotate(path, 5);
    add(path, "two\n");
    LogReader series(path);
    CHECK(all_of(series) == "one\ntwo\n");
    add(path, "three\n");
    rotate(path, 5);
    add(path, "four\n");
    rotate(path, 5);
    CHECK(all_of(series) == "three\nfour\n");
    add(path, "five\n");
    CHECK(all_of(series) == "five\n");
}

TEST_CASE("log reader: one that is not there yet is begun at its first byte") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    auto series = at_end(path);
    CHECK(all_of(series).empty());
    find(LastLines(10), series);
    add(path, "one\n");
    rotate(path, 5);
    add(path, "two\n");
    CHECK(all_of(series) == "one\ntwo\n");
}

TEST_CASE("log reader: files that went before they were read are passed over, those that were read do not come again") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    for (const std::string text : {"1\n", "2\n", "3\n"}) {
        add(path, text);
        rotate(path, 2);
    }
    add(path, "4\n");
    LogReader series(path);
    CHECK(all_of(series) == "2\n3\n4\n");
    add(path, "5\n");
    std::filesystem::remove(path);   // by hand: the older ones are older still
    std::filesystem::last_write_time(path + ".1", std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    std::filesystem::last_write_time(path + ".2", std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
    add(path, "6\n");
    CHECK(all_of(series) == "5\n6\n");
}

TEST_CASE("log reader: a file that is emptied in place is read from its begin") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    add(path, "a long first text\n");
    LogReader series(path);
    CHECK(all_of(series) == "a long first text\n");
    std::filesystem::resize_file(path, 0);
    add(path, "second\n");
    CHECK(all_of(series) == "second\n");
}

TEST_CASE("log reader: the search ends at the first wanted line, wherever it is") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    add(path, numbered_lines(1, 3000));
    rotate(path, 5);
    add(path, numbered_lines(3001, 6000));
    rotate(path, 5);
    add(path, "");
    const unsigned wanted = GENERATE(1u, 2u, 97u, 98u, 1500u, 2999u, 3000u, 3001u, 3002u, 4500u, 5999u, 6000u, 6001u);
    CAPTURE(wanted);
    auto series = at_end(path);
    find(FirstWanted([&](std::string_view line) { return number_of(line) >= wanted; }), series);
    CHECK(all_of(series) == (wanted > 6000 ? std::string() : numbered_lines(wanted, 6000)));
}

TEST_CASE("log reader: the search passes lines of which nothing can be said, which go with the one before them") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    std::string wanted_part;
    add(path, "?\n");
    for (unsigned number = 1; number <= 4000; ++number) {
        const auto lines =
            std::to_string(number) + " " + std::string(number % 50, 'x') + "\n?\n?" + std::string(number % 300, 'y') + "\n";
        add(path, lines);
        if (number >= 2345) wanted_part += lines;
    }
    auto series = at_end(path);
    find(FirstWanted(
             [](std::string_view line) { return line.front() == '?' ? std::nullopt : std::optional(number_of(line) >= 2345); }),
         series);
    CHECK(all_of(series) == wanted_part);
}

TEST_CASE("log reader: the last lines, but none in front of a place") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    add(path, numbered_lines(1, 500));
    rotate(path, 5);
    add(path, numbered_lines(501, 1000));
    const unsigned first = GENERATE(1u, 97u, 300u, 500u, 501u, 502u, 900u, 1000u, 1001u);
    const unsigned lines = GENERATE(0u, 1u, 2u, 100u, 499u, 500u, 501u, 999u, 1000u, 5000u);
    CAPTURE(first, lines);
    auto floor = at_end(path);
    find(FirstWanted([&](std::string_view line) { return number_of(line) >= first; }), floor);
    auto series = at_end(path);
    find(LastLines(lines, floor), series);
    const auto begin = std::max(first, lines > 1000 ? 1 : 1001 - lines);
    CHECK(all_of(series) == (begin > 1000 ? std::string() : numbered_lines(begin, 1000)));
}

TEST_CASE("log reader: pieces backwards are those forwards, and a copy goes its own way") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    for (unsigned file = 0; file < 3; ++file) {
        if (file != 0) rotate(path, 5);
        add(path, numbered_lines(1000 * file + 1, 1000 * file + 1000));
    }
    auto series = at_end(path);
    auto follower = series;
    std::string text;
    std::string piece;
    for (;;) {
        const auto got = series.previous(piece);
        REQUIRE(got);
        CHECK(*got == piece.size());
        CHECK(*got <= LogReader::piece);
        if (*got == 0) break;
        text.insert(0, piece);
    }
    CHECK(text == numbered_lines(1, 3000));
    CHECK(all_of(series) == text);
    add(path, "new\n");
    CHECK(all_of(follower) == "new\n");
}

TEST_CASE("log reader: compressed files are read like plain ones, also those that are compressed while they are read") {
    const TemporaryDirectory directory;
    const auto path = directory / "log";
    const auto compress = [&](unsigned number) {
        const auto from = posix::open_file(logs::old_log(path, number), O_RDONLY);
        const auto to = posix::open_file(logs::compressed_log(path, number), O_WRONLY | O_CREAT | O_EXCL, 0600);
        REQUIRE(from);
        REQUIRE(to);
        REQUIRE(logs::compress_log(from->get(), to->get()));
        std::filesystem::remove(logs::old_log(path, number));
    };
    add(path, numbered_lines(1, 10'000));
    REQUIRE(logs::shift_logs(path, 5, true));
    compress(1);
    add(path, numbered_lines(10'001, 20'000));
    auto series = at_end(path);
    find(LastLines(15'000), series);
    std::string text;
    REQUIRE(series.next(text));
    REQUIRE(logs::shift_logs(path, 5, true));   // while it is being read
    compress(1);
    add(path, numbered_lines(20'001, 21'000));
    CHECK(text + all_of(series) == numbered_lines(5'001, 21'000));
}

TEST_CASE(
    "log reader: an old file that is damaged, a bomb or no file is left out and named, the others are read in both directions") {
    const TemporaryDirectory dir;
    const auto path = dir / "web.log";
    const auto kind = GENERATE(as<std::string>{}, "no compressed log", "a damaged frame", "a FIFO", "a link");
    CAPTURE(kind);
    add(path, "newest\n");
    add(path + ".1", "one\n");
    add(path + ".2", "two\n");
    add(path + ".3", "oldest\n");
    auto bad = path + ".2";
    if (kind == "a damaged frame" || kind == "no compressed log") {
        bad += ".zst";
        if (kind == "no compressed log") {
            add(bad, std::string(1000, 'x'));
        } else {
            const auto from = posix::open_file(path + ".2", O_RDONLY);
            const auto to = posix::open_file(bad, O_WRONLY | O_CREAT, 0600);
            REQUIRE(logs::compress_log(from->get(), to->get()));
            auto text = talos::test::read_text(bad);
            text[45] = static_cast<char>(text[45] ^ 0x55);   // behind the key, in the frame
            talos::test::write_text(bad, text);
        }
        std::filesystem::remove(path + ".2");
    } else {
        std::filesystem::remove(bad);
        if (kind == "a FIFO") REQUIRE(::mkfifo(bad.c_str(), 0600) == 0);
        else std::filesystem::create_symlink(dir / "elsewhere", bad);
        talos::test::write_text(dir / "elsewhere", "secret\n");
    }
    LogReader forward(path);
    CHECK(all_of(forward) == "oldest\none\nnewest\n");
    auto backward = LogReader::at_end(path);
    REQUIRE(backward);
    std::string all;
    for (std::string piece;;) {
        const auto got = backward->previous(piece);
        REQUIRE(got);
        if (*got == 0) break;
        all.insert(0, piece);
    }
    CHECK(all == "oldest\none\nnewest\n");
    for (const auto* reader : {&forward, &*backward}) {
        REQUIRE(reader->skipped().size() == 1);
        CHECK(reader->skipped().front().find(bad) != std::string::npos);
    }
}

namespace {

/// The text that the reader gives in slices, oldest first; how many calls gave nothing is added to `pauses`.
std::string in_slices(LogReader& reader, unsigned& pauses) {
    std::string text;
    for (;;) {
        const auto got = reader.next(text);
        REQUIRE(got);
        if (*got == 0 && !reader.pending()) return text;
        pauses += *got == 0;
        REQUIRE(pauses < 1000);
    }
}

}   // namespace

TEST_CASE("log reader: hundreds of unreadable files in the series are passed a few in a call, in both directions, and nothing "
          "else is lost") {
    const TemporaryDirectory dir;
    const auto path = dir / "web.log";
    const auto kind = GENERATE(as<std::string>{}, "no compressed log", "empty");
    CAPTURE(kind);
    add(path, "newest\n");
    add(path + ".1", "one\n");
    for (unsigned number = 2; number < 300; ++number)
        std::ofstream(logs::old_log(path, number) + (kind == "empty" ? "" : ".zst")) << (kind == "empty" ? "" : "x");
    add(path + ".300", "oldest\n");

    LogReader forward(path, LogReader::Pace::slices);
    unsigned pauses = 0;
    CHECK(in_slices(forward, pauses) == "oldest\none\nnewest\n");
    CHECK(pauses >= 300 / 8 - 1);

    auto backward = LogReader::at_end(path, LogReader::Pace::slices);
    REQUIRE(backward);
    std::string all;
    pauses = 0;
    for (std::string piece;;) {
        const auto got = backward->previous(piece);
        REQUIRE(got);
        if (*got == 0 && !backward->pending()) break;
        pauses += *got == 0;
        REQUIRE(pauses < 1000);
        all.insert(0, piece);
    }
    CHECK(all == "oldest\none\nnewest\n");
    CHECK(pauses >= 300 / 8 - 1);

    auto last = LogReader::at_end(path, LogReader::Pace::slices);
    REQUIRE(last);
    find(LastLines(3), *last);
    pauses = 0;
    CHECK(in_slices(*last, pauses) == "oldest\none\nnewest\n");

    CHECK(forward.skipped().size() == (kind == "empty" ? 0 : 21));   // 20 with their names, and that there are more
    LogReader whole(path);
    CHECK(all_of(whole) == "oldest\none\nnewest\n");
}

TEST_CASE("log reader: a rotation between two slices loses nothing and brings nothing twice") {
    const TemporaryDirectory dir;
    const auto path = dir / "web.log";
    add(path, "newest\n");
    add(path + ".1", "one\n");
    for (unsigned number = 2; number < 40; ++number) std::ofstream(logs::compressed_log(path, number)) << "x";
    add(path + ".40", "oldest\n");
    auto backward = LogReader::at_end(path, LogReader::Pace::slices);
    REQUIRE(backward);
    std::string all;
    unsigned rotations = 0;
    for (std::string piece;;) {
        const auto got = backward->previous(piece);
        REQUIRE(got);
        if (*got == 0 && !backward->pending()) break;
        all.insert(0, piece);
        if (*got == 0 && rotations < 3) {
            ++rotations;
            REQUIRE(logs::shift_logs(path, 1000, true));
            add(path, "later\n");
        }
    }
    CHECK(rotations == 3);
    CHECK(all == "oldest\none\nnewest\n");
}

TEST_CASE("log reader: a file that is emptied while it is read backwards takes no call longer than a piece") {
    const TemporaryDirectory dir;
    const auto path = dir / "web.log";
    add(path + ".1", "old\n");
    add(path, "");
    std::filesystem::resize_file(path,
                                 std::uintmax_t{1} << 43);   // sparse: a call that went back piece by piece would take minutes
    auto reader = at_end(path);
    std::filesystem::resize_file(path, 0);
    std::string piece;
    const auto got = reader.previous(piece);
    REQUIRE(got);
    CHECK(piece == "old\n");
}

TEST_CASE("log reader: a search reads so much of a sparse file and no more, and says what is left out") {
    const TemporaryDirectory dir;
    const auto path = dir / "web.log";
    constexpr std::uint64_t most = 1u << 20;
    add(path, "1 first\n");
    std::filesystem::resize_file(path, std::uintmax_t{1} << 43);
    add(path, "\n9 last\n");
    SECTION("the last lines") {
        auto reader = at_end(path);
        find(LastLines(5, {}, most), reader);
        CHECK(reader.size() - reader.offset() <= most + 5 * 4096 + LogReader::piece);
        REQUIRE(reader.skipped().size() == 1);
        CHECK(reader.skipped().front().find("too long to be searched") != std::string::npos);
    }
    SECTION("as many as there are behind the hole") {
        auto reader = at_end(path);
        find(LastLines(1, {}, most), reader);
        CHECK(all_of(reader) == "9 last\n");
        CHECK(reader.skipped().empty());
    }
    SECTION("the first that is wanted") {
        auto reader = at_end(path);
        find(FirstWanted([](std::string_view line) { return number_of(line) >= 5; }, most), reader);
        CHECK(reader.skipped().size() == 1);
    }
}

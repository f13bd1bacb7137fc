#include "daemon/log_tail.hpp"
#include "posix/compressed_log.hpp"
#include "posix/file.hpp"
#include "posix/log_series.hpp"
#include "posix/rotating_file.hpp"
#include "support/catch.hpp"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <vector>

using namespace talos;
using namespace talos::daemon;
namespace fs = std::filesystem;

namespace {

class Folder {
public:
    Folder() {
        char name[] = "/tmp/talos-cli-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        path_ = name;
    }
    ~Folder() { fs::remove_all(path_); }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

/// As talosd does it.
void compress(const std::string& path, unsigned number) {
    const auto from = posix::open_file(posix::old_log(path, number), O_RDONLY);
    const auto to = posix::open_file(posix::compressed_log(path, number), O_WRONLY | O_CREAT | O_EXCL, 0600);
    REQUIRE(from.has_value());
    REQUIRE(to.has_value());
    REQUIRE(posix::compress_log(from->get(), to->get()).has_value());
    fs::remove(posix::old_log(path, number));
}

void append(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::app) << text; }

std::vector<std::string> backwards(const std::string& path) {
    auto reader = BackwardLines::open(path, BackwardLines::Unfinished::include);
    REQUIRE(reader.has_value());
    std::vector<std::string> lines;
    std::string line;
    for (;;) {
        const auto got = reader->previous(line);
        REQUIRE(got.has_value());
        if (!*got) return lines;
        lines.push_back(line);
    }
}

std::vector<std::string> read_on(ForwardLines& follower) {
    std::vector<std::string> lines;
    const auto read = follower.read([&](std::string_view line) { lines.emplace_back(line); });
    REQUIRE(read.has_value());
    return lines;
}

LogReader at_end(const std::string& path) {
    auto reader = LogReader::at_end(path);
    REQUIRE(reader.has_value());
    return std::move(*reader);
}

std::vector<std::string> texts_of(const Tail& tail) {
    std::vector<std::string> texts;
    for (const auto& record : tail.records) texts.push_back(record.text);
    return texts;
}

Tail tail_of(const std::string& path, std::size_t count, LineShape shape = LineShape::raw,
             BackwardLines::Unfinished unfinished = BackwardLines::Unfinished::include) {
    TailQuery query;
    query.records = count;
    query.shape = shape;
    query.unfinished = unfinished;
    auto tail = read_tail(path, query);
    REQUIRE(tail.has_value());
    return std::move(*tail);
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("backward reader: lines come newest first, through the rotated files") {
    const Folder folder;
    append(folder.file("a.log.2"), "one\ntwo\n");
    append(folder.file("a.log.1"), "three\n\n");
    append(folder.file("a.log"), "four\nfive");
    CHECK(backwards(folder.file("a.log")) == Lines{"five", "four", "", "three", "two", "one"});
}

TEST_CASE("backward reader: a missing file is an empty one, its old ones count") {
    const Folder folder;
    CHECK(backwards(folder.file("a.log")).empty());
    append(folder.file("a.log.1"), "one\n");
    CHECK(backwards(folder.file("a.log")) == Lines{"one"});
    append(folder.file("a.log"), "");
    CHECK(backwards(folder.file("a.log")) == Lines{"one"});
}

TEST_CASE("backward reader: blocks need not end where lines do") {
    const Folder folder;
    Lines expected;
    std::string text;
    for (int i = 0; i < 5'000; ++i) {
        expected.insert(expected.begin(), std::to_string(i) + std::string(static_cast<std::size_t>(i % 97), 'x'));
        text += expected.front() + "\n";
    }
    append(folder.file("a.log"), text);
    CHECK(backwards(folder.file("a.log")) == expected);
}

TEST_CASE("backward reader: a line without end comes in pieces, all of it") {
    const Folder folder;
    append(folder.file("a.log"), std::string(5'000'000, 'x') + "\nlast\n");
    auto lines = backwards(folder.file("a.log"));
    REQUIRE(lines.size() > 2);
    CHECK(lines.front() == "last");
    std::size_t bytes = 0;
    for (const auto& line : lines) bytes += line.size();
    CHECK(bytes == 5'000'004);
}

TEST_CASE("backward reader: a rotation meanwhile repeats nothing") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(folder.file("a.log.1"), "one\n");
    append(path, "two\n");
    auto reader = BackwardLines::open(path, BackwardLines::Unfinished::include);
    REQUIRE(reader.has_value());
    fs::rename(path + ".1", path + ".2");
    fs::rename(path, path + ".1");
    append(path, "three\n");
    std::string line;
    REQUIRE(*reader->previous(line));
    CHECK(line == "two");
    REQUIRE(*reader->previous(line));
    CHECK(line == "one");
    CHECK_FALSE(*reader->previous(line));
}

TEST_CASE("backward reader: a directory or a FIFO in the file's place is an error, and is not waited for") {
    const Folder folder;
    fs::create_directory(folder.file("a.log"));
    CHECK_FALSE(BackwardLines::open(folder.file("a.log"), BackwardLines::Unfinished::include).has_value());
    REQUIRE(::mkfifo(folder.file("b.log").c_str(), 0600) == 0);
    CHECK_FALSE(BackwardLines::open(folder.file("b.log"), BackwardLines::Unfinished::include).has_value());
}

TEST_CASE("tail: the last lines, across a rotation when the current file has too few") {
    const Folder folder;
    append(folder.file("a.log.1"), "one\ntwo\n");
    append(folder.file("a.log"), "three\nfour\n");
    CHECK(texts_of(tail_of(folder.file("a.log"), 3)) == Lines{"two", "three", "four"});
    CHECK(texts_of(tail_of(folder.file("a.log"), 1)) == Lines{"four"});
    CHECK(texts_of(tail_of(folder.file("a.log"), 0)).empty());
    CHECK(texts_of(tail_of(folder.file("a.log"), 99)) == Lines{"one", "two", "three", "four"});
}

TEST_CASE("tail: only records that are wanted count, found from the end") {
    const Folder folder;
    const auto path = folder.file("a.log");
    for (int i = 0; i < 5'000; ++i) append(posix::old_log(path, i < 4'000 ? 1 : 0), "2026-01-29T00:31:10Z stdout F " + std::to_string(i) + "\n");
    std::size_t looked_at = 0;
    TailQuery query;
    query.records = 3;
    query.wanted = [&](const LogRecord& record) {
        ++looked_at;
        return record.text.ends_with("50");
    };
    auto tail = read_tail(path, query);
    REQUIRE(tail.has_value());
    CHECK(texts_of(*tail) == Lines{"4750", "4850", "4950"});
    CHECK(looked_at < 300);
    query.records = 12;   // on through the older file
    tail = read_tail(path, query);
    REQUIRE(tail.has_value());
    CHECK(tail->records.size() == 12);
    CHECK(tail->records.front().text == "3850");
}

TEST_CASE("tail: none that is older than wanted, a line without a time goes with the one before it") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, "torn\n2026-01-29T00:31:10Z stdout F one\nof one\n2026-01-29T00:31:20Z stdout F two\nof two\n");
    const auto since = [&](std::int64_t time, std::size_t records) {
        TailQuery query;
        query.records = records;
        query.since = time;
        auto tail = read_tail(path, query);
        REQUIRE(tail.has_value());
        return texts_of(*tail);
    };
    const auto first = *parse_rfc3339("2026-01-29T00:31:10Z");
    CHECK(since(first + 1, 10) == Lines{"two", "of two"});
    CHECK(since(first, 10) == Lines{"one", "of one", "two", "of two"});
    CHECK(since(0, 10) == Lines{"one", "of one", "two", "of two"});
    CHECK(since(first, 1) == Lines{"of two"});
    CHECK(since(first + 60'000'000'000, 10).empty());
}

TEST_CASE("tail: joined pieces count as one line, also across a rotation") {
    const Folder folder;
    append(folder.file("a.log.1"), "2026-01-29T00:31:09Z stdout F zero\n2026-01-29T00:31:10Z stdout P on\n");
    append(folder.file("a.log"),
           "2026-01-29T00:31:11Z stdout F e\n2026-01-29T00:31:12Z stdout P t\n2026-01-29T00:31:12Z stdout F wo\n");
    CHECK(texts_of(tail_of(folder.file("a.log"), 2, LineShape::stamped)) == Lines{"one", "two"});
    CHECK(texts_of(tail_of(folder.file("a.log"), 1, LineShape::stamped)) == Lines{"two"});
}

TEST_CASE("tail: what is unfinished is shown, or left to who follows") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, "2026-01-29T00:31:10Z stdout F one\n2026-01-29T00:31:11Z stdout P tw\n2026-01-29T00:31");
    CHECK(texts_of(tail_of(path, 3, LineShape::stamped)) == Lines{"one", "tw", "2026-01-29T00:31"});
    CHECK(texts_of(tail_of(path, 1, LineShape::stamped)) == Lines{"2026-01-29T00:31"});

    auto tail = tail_of(path, 1, LineShape::stamped, BackwardLines::Unfinished::leave);
    CHECK(texts_of(tail) == Lines{"one"});
    ForwardLines follower{tail.end};
    append(path, ":11Z stdout F o\n");
    const auto more = read_on(follower);
    REQUIRE(more.size() == 1);
    const auto record = tail.joiner.feed(more.front());
    REQUIRE(record.has_value());
    CHECK(record->text == "two");
}

TEST_CASE("follower: whole lines as they come, none twice") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, "old\n");
    ForwardLines follower{at_end(path)};
    CHECK(read_on(follower).empty());
    append(path, "one\ntw");
    CHECK(read_on(follower) == Lines{"one"});
    append(path, "o\n");
    CHECK(read_on(follower) == Lines{"two"});
    CHECK(read_on(follower).empty());
}

TEST_CASE("follower: a file that is not there yet is read from its first byte") {
    const Folder folder;
    const auto path = folder.file("a.log");
    ForwardLines follower{at_end(path)};
    CHECK(read_on(follower).empty());
    append(path, "one\n");
    CHECK(read_on(follower) == Lines{"one"});
}

TEST_CASE("follower: a file that appears and is rotated away before the first look is read, and those after it") {
    const Folder folder;
    const auto path = folder.file("a.log");
    ForwardLines follower{at_end(path)};
    append(path, "one\n");
    fs::rename(path, path + ".1");
    append(path, "two\n");
    fs::rename(path + ".1", path + ".2");
    fs::rename(path, path + ".1");
    append(path, "three\n");
    CHECK(read_on(follower) == Lines{"one", "two", "three"});
}

TEST_CASE("follower: old files that were there when it began are not read, though the newest one is missing") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path + ".1", "old\n");
    ForwardLines follower{at_end(path)};
    append(path, "new\n");
    CHECK(read_on(follower) == Lines{"new"});
}

TEST_CASE("backwards: in the middle of a rotation nothing is missed") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, "four\n");
    append(path + ".1", "three\n");
    append(path + ".2", "two\n");
    append(path + ".3", "one\n");
    const unsigned step = GENERATE(0u, 1u, 2u, 3u);   // .1 has gone on to .2 when .2 and .3 have, and so on; last the newest
    for (unsigned done = 0; done <= step; ++done) {
        const unsigned number = 3 - done;
        fs::rename(number == 0 ? path : path + "." + std::to_string(number), path + "." + std::to_string(number + 1));
    }
    CHECK(backwards(path) == Lines{"four", "three", "two", "one"});
}

TEST_CASE("follower: many rotations between two looks lose nothing") {
    const Folder folder;
    const auto path = folder.file("a.log");
    posix::RotatingFile file{path, {64, 50}};
    REQUIRE(file.open().has_value());
    ForwardLines follower{LogReader{path}};
    Lines expected;
    Lines seen;
    for (int i = 0; i < 400; ++i) {
        expected.push_back("line " + std::to_string(i));
        REQUIRE(file.write(expected.back() + "\n").has_value());
        if (i % 50 != 49) continue;
        for (auto& line : read_on(follower)) seen.push_back(std::move(line));
    }
    CHECK(seen == expected);
    CHECK_FALSE(follower.reader().lost_some());
}

TEST_CASE("follower: in the middle of a rotation nothing is skipped") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, "one\n");
    ForwardLines follower{LogReader{path}};
    CHECK(read_on(follower) == Lines{"one"});
    append(path, "two\n");
    fs::rename(path, path + ".1");
    CHECK(read_on(follower) == Lines{"two"});  // the new file is not there yet
    append(path, "three\n");
    fs::rename(path + ".1", path + ".2");  // the next rotation, before its second step: who comes next cannot be told yet
    CHECK(read_on(follower).empty());
    fs::rename(path, path + ".1");
    append(path, "four\n");
    fs::rename(path + ".2", path + ".3");
    fs::rename(path + ".1", path + ".2");
    fs::rename(path, path + ".1");
    append(path, "five\n");
    CHECK(read_on(follower) == Lines{"three", "four", "five"});
}

TEST_CASE("follower: files rotated away unread are noticed") {
    const Folder folder;
    const auto path = folder.file("a.log");
    posix::RotatingFile file{path, {16, 1}};
    REQUIRE(file.write("first\n").has_value());
    ForwardLines follower{LogReader{path}};
    CHECK(read_on(follower) == Lines{"first"});
    for (int i = 0; i < 20; ++i) REQUIRE(file.write("line " + std::to_string(i) + "\n").has_value());
    const auto seen = read_on(follower);
    CHECK(follower.reader().lost_some());
    REQUIRE_FALSE(seen.empty());
    CHECK(seen.back() == "line 19");
}

TEST_CASE("follower: a file emptied in place is read from its begin") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, "one\ntwo\n");
    ForwardLines follower{at_end(path)};
    fs::resize_file(path, 0);
    append(path, "new\n");
    CHECK(read_on(follower) == Lines{"new"});
}

TEST_CASE("backwards: through compressed files as through plain ones") {
    const Folder folder;
    const auto path = folder.file("a.log");
    Lines expected;
    std::string text;
    for (int i = 0; i < 30'000; ++i) {
        expected.push_back("line " + std::to_string(i) + " with some text behind it");
        text += expected.back() + "\n";
        if (i % 10'000 == 9'999) {
            append(posix::old_log(path, static_cast<unsigned>(2 - i / 10'000)), text);
            text.clear();
        }
    }
    compress(path, 1);
    compress(path, 2);
    std::reverse(expected.begin(), expected.end());
    CHECK(backwards(path) == expected);
}

TEST_CASE("backwards: a file that is compressed while it is read is not read twice") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, "three\n");
    append(path + ".1", "two\n");
    append(path + ".2", "one\n");
    auto reader = BackwardLines::open(path, BackwardLines::Unfinished::include);
    REQUIRE(reader.has_value());
    std::string line;
    REQUIRE(*reader->previous(line));
    REQUIRE(*reader->previous(line));
    CHECK(line == "two");
    compress(path, 1);
    REQUIRE(posix::shift_logs(path, 5, true).has_value());
    REQUIRE(*reader->previous(line));
    CHECK(line == "one");
    CHECK_FALSE(*reader->previous(line));
}

TEST_CASE("backwards: a compressed file that is none is an error that names it") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, "two\n");
    append(path + ".1.zst", "not compressed at all\n");
    auto reader = BackwardLines::open(path, BackwardLines::Unfinished::include);
    REQUIRE(reader.has_value());
    std::string line;
    REQUIRE(*reader->previous(line));
    const auto got = reader->previous(line);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().message().find("a.log.1.zst") != std::string::npos);
}

TEST_CASE("follower: rotations and compression between two looks lose nothing") {
    const Folder folder;
    const auto path = folder.file("a.log");
    ForwardLines follower{LogReader{path}};
    Lines expected;
    Lines seen;
    for (int i = 0; i < 200; ++i) {
        expected.push_back("line " + std::to_string(i));
        append(path, expected.back() + "\n");
        if (i % 7 == 3) for (auto& line : read_on(follower)) seen.push_back(std::move(line));
        if (i % 5 != 4) continue;
        REQUIRE(posix::shift_logs(path, 50, true).has_value());
        if (i % 2 == 0) compress(path, 1);
    }
    for (auto& line : read_on(follower)) seen.push_back(std::move(line));
    CHECK(seen == expected);
    CHECK_FALSE(follower.reader().lost_some());
}

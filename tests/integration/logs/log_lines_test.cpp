#include "rotated_log.hpp"

using namespace talos;
using namespace talos::logs;
using namespace talos::logs::test;

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
    for (int i = 0; i < 5'000; ++i)
        append(logs::old_log(path, i < 4'000 ? 1 : 0), "2026-01-29T00:31:10Z stdout F " + std::to_string(i) + "\n");
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

TEST_CASE("tail: holds no more text than asked for and says when that is less") {
    const Folder folder;
    const auto path = folder.file("a.log");
    for (const char letter : {'a', 'b', 'c', 'd'})
        append(path, "2026-01-29T00:31:10Z stdout F " + std::string(100, letter) + "\n");
    TailQuery query;
    query.records = 4;
    query.bytes = 150;
    auto tail = read_tail(path, query);
    REQUIRE(tail.has_value());
    CHECK(texts_of(*tail) == Lines{std::string(100, 'c'), std::string(100, 'd')});
    CHECK(tail->shortened);
    query.records = 2;
    tail = read_tail(path, query);
    REQUIRE(tail.has_value());
    CHECK_FALSE(tail->shortened);
}

TEST_CASE("tail: a line over 1 MiB that was written in pieces is shown as cut, one of exactly 1 MiB is not") {
    const Folder folder;
    const auto path = folder.file("a.log");
    const auto write = [&](std::size_t pieces) {
        for (std::size_t i = 1; i <= pieces; ++i)
            append(path,
                   "2026-01-29T00:31:10Z stdout " + std::string(i == pieces ? "F " : "P ") + std::string(1u << 18, 'x') + "\n");
    };
    append(path, "2026-01-29T00:31:10Z stdout F first\n");
    write(4);
    CHECK_FALSE(tail_of(path, 1, LineShape::stamped).cut);
    write(7);
    const auto tail = tail_of(path, 1, LineShape::stamped);
    CHECK(tail.cut);
    CHECK(tail.records.size() == 1);
    append(path, "2026-01-29T00:31:10Z stdout F last\n");
    CHECK_FALSE(tail_of(path, 1, LineShape::stamped).cut);
    CHECK(tail_of(path, 2, LineShape::stamped).cut);
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

TEST_CASE("backwards: through compressed files as through plain ones") {
    const Folder folder;
    const auto path = folder.file("a.log");
    Lines expected;
    std::string text;
    for (int i = 0; i < 30'000; ++i) {
        expected.push_back("line " + std::to_string(i) + " with some text behind it");
        text += expected.back() + "\n";
        if (i % 10'000 == 9'999) {
            append(logs::old_log(path, static_cast<unsigned>(2 - i / 10'000)), text);
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
    REQUIRE(logs::shift_logs(path, 5, true).has_value());
    REQUIRE(*reader->previous(line));
    CHECK(line == "one");
    CHECK_FALSE(*reader->previous(line));
}

TEST_CASE("backwards: a compressed file that is none is left out and named") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, "two\n");
    append(path + ".1.zst", "not compressed at all\n");
    auto reader = BackwardLines::open(path, BackwardLines::Unfinished::include);
    REQUIRE(reader.has_value());
    std::string line;
    REQUIRE(*reader->previous(line));
    const auto got = reader->previous(line);
    REQUIRE(got.has_value());
    CHECK_FALSE(*got);
    REQUIRE(reader->end().skipped().size() == 1);
    CHECK(reader->end().skipped().front().find("a.log.1.zst") != std::string::npos);
}

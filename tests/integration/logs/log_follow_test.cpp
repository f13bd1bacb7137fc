#include "rotated_log.hpp"

using namespace talos;
using namespace talos::logs;
using namespace talos::logs::test;

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

TEST_CASE("follower: many rotations between two looks lose nothing") {
    const Folder folder;
    const auto path = folder.file("a.log");
    logs::RotatingFile file{path, {64, 50}};
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
    CHECK(read_on(follower) == Lines{"two"});   // the new file is not there yet
    append(path, "three\n");
    fs::rename(path + ".1", path + ".2");   // the next rotation, before its second step: who comes next cannot be told yet
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
    logs::RotatingFile file{path, {16, 1}};
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

TEST_CASE("follower: rotations and compression between two looks lose nothing") {
    const Folder folder;
    const auto path = folder.file("a.log");
    ForwardLines follower{LogReader{path}};
    Lines expected;
    Lines seen;
    for (int i = 0; i < 200; ++i) {
        expected.push_back("line " + std::to_string(i));
        append(path, expected.back() + "\n");
        if (i % 7 == 3)
            for (auto& line : read_on(follower)) seen.push_back(std::move(line));
        if (i % 5 != 4) continue;
        REQUIRE(logs::shift_logs(path, 50, true).has_value());
        if (i % 2 == 0) compress(path, 1);
    }
    for (auto& line : read_on(follower)) seen.push_back(std::move(line));
    CHECK(seen == expected);
    CHECK_FALSE(follower.reader().lost_some());
}

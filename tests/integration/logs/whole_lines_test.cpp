#include "logs/read/log_search.hpp"
#include "logs/read/whole_lines.hpp"
#include "rotated_log.hpp"

using namespace talos;
using namespace talos::logs;
using namespace talos::logs::test;

namespace {

std::string all_of(WholeLines& lines) {
    std::string all;
    for (std::string some;;) {
        const auto got = lines.next(some);
        REQUIRE(got.has_value());
        if (!*got) return all;
        CHECK(some.ends_with('\n'));
        all += some;
    }
}

std::string stamped(int second, const std::string& text) {
    return "2026-01-29T00:31:" + std::to_string(second) + "Z stdout F " + text + "\n";
}
std::int64_t at(int second) { return *stamp_of("2026-01-29T00:31:" + std::to_string(second) + "Z "); }

}   // namespace

TEST_CASE("whole lines: the beginning of a line waits in the file until it is finished") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, "one\ntw");
    WholeLines lines{LogReader{path}};
    CHECK(all_of(lines) == "one\n");
    CHECK(all_of(lines).empty());
    append(path, "o\nthree\nfo");
    CHECK(all_of(lines) == "two\nthree\n");
    std::string rest;
    CHECK(*lines.take_unfinished(rest));
    CHECK(rest == "fo\n");
    CHECK_FALSE(*lines.take_unfinished(rest));
}

TEST_CASE("whole lines: what a file ends with is a line once another was begun") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, "one\nhalf");
    WholeLines lines{LogReader{path}};
    CHECK(all_of(lines) == "one\n");
    fs::rename(path, path + ".1");
    CHECK(all_of(lines).empty());
    append(path, "two\n");
    CHECK(all_of(lines) == "half\ntwo\n");
}

TEST_CASE("whole lines: a line of many pieces comes whole, one over 1 MiB in pieces, and nothing is lost") {
    const Folder folder;
    const auto path = folder.file("a.log");
    const std::string long_line(300'000, 'x');
    append(path, "a\n" + long_line + "\nb\n");
    WholeLines lines{LogReader{path}};
    CHECK((all_of(lines) == "a\n" + long_line + "\nb\n"));
    append(path, std::string(3'000'000, 'y') + "\nend\n");
    auto shown = all_of(lines);
    CHECK(shown.ends_with("\nend\n"));
    CHECK(std::count(shown.begin(), shown.end(), 'y') == 3'000'000);
    CHECK(std::count(shown.begin(), shown.end(), '\n') == 4);
}

TEST_CASE("whole lines: it stops where it is told to") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, stamped(10, "a") + stamped(11, "b") + stamped(12, "c"));
    const auto until = begin_of(at(12), at_end(path));
    REQUIRE(until.has_value());
    WholeLines lines{LogReader{path}, *until};
    CHECK(all_of(lines) == stamped(10, "a") + stamped(11, "b"));
    std::string rest;
    CHECK_FALSE(*lines.take_unfinished(rest));
}

TEST_CASE("forward reader: it stops in the middle of a piece, and goes on from there") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path, "one\ntwo\n");
    const auto end = at_end(path);
    append(path, "three\n");
    ForwardLines lines{LogReader{path}, end};
    CHECK(read_on(lines) == Lines{"one", "two"});
    CHECK(lines.unfinished().empty());
    lines.go_on();
    CHECK(read_on(lines) == Lines{"three"});
}

TEST_CASE("tail: the last lines before a time, through old files, compressed too, without the newer ones") {
    const Folder folder;
    const auto path = folder.file("a.log");
    append(path + ".2", stamped(10, "a") + stamped(11, "b"));
    append(path + ".1", stamped(12, "c") + stamped(13, "d"));
    append(path, stamped(14, "e") + stamped(15, "f"));
    compress(path, 2);
    const auto before = [&](int second, std::size_t count, std::optional<int> since = {}) {
        TailQuery query;
        query.records = count;
        query.until = at(second);
        if (since) query.since = at(*since);
        auto tail = read_tail(path, query);
        REQUIRE(tail.has_value());
        return texts_of(*tail);
    };
    CHECK(before(15, 2) == Lines{"d", "e"});
    CHECK(before(14, 2) == Lines{"c", "d"});
    CHECK(before(13, 9) == Lines{"a", "b", "c"});
    CHECK(before(12, 1) == Lines{"b"});
    CHECK(before(10, 9).empty());
    CHECK(before(59, 1) == Lines{"f"});
    CHECK(before(14, 9, 11) == Lines{"b", "c", "d"});
}

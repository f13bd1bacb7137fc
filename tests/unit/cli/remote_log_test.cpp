#include "cli/logs/remote_log.hpp"
#include "support/catch.hpp"

using namespace talos::cli;

namespace {

std::string at(int second, const char* text) { return "2026-01-29T00:31:" + std::to_string(second) + "Z stdout F " + text; }

}   // namespace

TEST_CASE("log mark: an answer that begins at the last stamp repeats nothing and leaves nothing out") {
    LogMark mark;
    CHECK_FALSE(mark.last().has_value());
    for (const auto& line : {at(10, "a"), at(11, "b"), at(11, "c")}) CHECK(mark.take(line));
    CHECK(mark.last() == 1769646671000000000);
    mark.begin_again();
    CHECK_FALSE(mark.take(at(11, "b")));
    CHECK_FALSE(mark.take(at(11, "c")));
    CHECK(mark.take(at(11, "d")));   // the same stamp, and new
    CHECK(mark.take(at(12, "e")));
    CHECK(mark.lines() == 5);
    mark.begin_again();
    CHECK_FALSE(mark.take(at(12, "e")));
    CHECK(mark.take(at(12, "f")));
}

TEST_CASE("log mark: what is no longer kept is not waited for") {
    LogMark mark;
    for (const auto& line : {at(10, "a"), at(10, "b")}) CHECK(mark.take(line));
    mark.begin_again();
    CHECK_FALSE(mark.take(at(10, "b")));   // `a` was rotated away
    CHECK(mark.take(at(12, "c")));
    CHECK(mark.take(at(10, "d")));   // the clock was set back
}

TEST_CASE("log mark: lines without a stamp count, and mark nothing") {
    LogMark mark;
    CHECK(mark.take("raw"));
    CHECK(mark.lines() == 1);
    CHECK_FALSE(mark.last().has_value());
    mark.begin_again();
    CHECK(mark.take("raw"));
}

TEST_CASE("log mark: a line without a stamp goes with the one before it") {
    LogMark mark;
    for (const auto& line : {at(10, "a"), std::string{"raw"}, std::string{"raw"}}) CHECK(mark.take(line));
    mark.begin_again();
    CHECK_FALSE(mark.take(at(10, "a")));
    CHECK_FALSE(mark.take("raw"));
    CHECK_FALSE(mark.take("raw"));
    CHECK(mark.take("raw"));
    CHECK(mark.take(at(11, "b")));
}

#include "checks/watch/line_search.hpp"
#include "support/catch.hpp"

using namespace talos;
using checks::LineSearch;
using logs::Stream;

namespace {

LineSearch search_for(const std::string& text) {
    auto pattern = Pattern::make(text);
    REQUIRE(pattern.has_value());
    return LineSearch(std::move(*pattern));
}

}   // namespace

TEST_CASE("line search: a line counts once it has ended, however it was cut into pieces") {
    auto search = search_for("^ready( to .*)?$");
    CHECK_FALSE(search.take(Stream::out, "not ready\nrea"));
    CHECK_FALSE(search.take(Stream::out, "dy to accept"));
    CHECK_FALSE(search.take(Stream::out, " connections"));
    CHECK(search.take(Stream::out, "\n"));
    CHECK(search_for("^ready$").take(Stream::out, "first\nready\r\nlast\n"));
    CHECK(search_for("^$").take(Stream::out, "\n"));
}

TEST_CASE("line search: the two streams are two texts") {
    auto search = search_for("^ready$");
    CHECK_FALSE(search.take(Stream::out, "rea"));
    CHECK_FALSE(search.take(Stream::err, "dy\n"));
    CHECK(search.take(Stream::out, "dy\n"));
}

TEST_CASE("line search: of a line the first KiB is looked at") {
    const std::string long_line(1024, 'x');
    CHECK_FALSE(search_for("ready").take(Stream::out, long_line + "ready\n"));
    CHECK(search_for("ready").take(Stream::out, long_line.substr(5) + "ready and more\n"));
    auto in_pieces = search_for("ready");
    for (int piece = 0; piece < 1'000; ++piece) CHECK_FALSE(in_pieces.take(Stream::out, long_line));
    CHECK_FALSE(in_pieces.take(Stream::out, "ready\n"));
    CHECK(in_pieces.take(Stream::out, "ready\n"));
}

TEST_CASE("line search: lines that are hard for a backtracking engine neither stop the search nor change its result") {
    auto search = search_for("^(a+a+)+$");
    const auto line = std::string(1'000, 'a') + "b\n";
    for (int lines = 0; lines < 1'000; ++lines) CHECK_FALSE(search.take(Stream::out, line));
    CHECK(search.take(Stream::out, "aa\n"));
}

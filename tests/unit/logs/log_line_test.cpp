#include "logs/format/log_line.hpp"
#include "support/catch.hpp"

using namespace talos::logs;

TEST_CASE("log line: of a line over 1 MiB each record but the first says that it continues, the next line's does not") {
    LineJoiner joiner(LineShape::stamped);
    const auto piece = [](char tag, char letter) {
        return std::string("2026-01-29T00:31:10Z stdout ") + tag + " " + std::string(1u << 19, letter);
    };
    CHECK_FALSE(joiner.feed(piece('P', 'a')));
    const auto first = joiner.feed(piece('P', 'b'));
    REQUIRE(first);
    CHECK_FALSE(first->continues);
    const auto last = joiner.feed(piece('F', 'c'));
    REQUIRE(last);
    CHECK(last->continues);
    CHECK_FALSE(joiner.feed(piece('P', 'd')));
    const auto exact = joiner.feed(piece('F', 'e'));   // 1 MiB, and no more
    REQUIRE(exact);
    CHECK_FALSE(exact->continues);
    CHECK_FALSE(joiner.feed("2026-01-29T00:31:10Z stdout F short")->continues);
}

TEST_CASE("RFC 3339: seconds, fractions and offsets become nanoseconds since the epoch") {
    CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == 0);
    CHECK(parse_rfc3339("2026-01-29T00:31:10.123456789Z") == 1769646670123456789);
    CHECK(parse_rfc3339("2026-01-29T00:31:10.5Z") == 1769646670500000000);
    CHECK(parse_rfc3339("2026-01-29T01:31:10+01:00") == 1769646670000000000);
    CHECK(parse_rfc3339("1969-12-31T23:59:59Z") == -1000000000);
}

TEST_CASE("RFC 3339: what is no time is none") {
    for (const char* text :
         {"", "2026", "2026-02-30T00:00:00Z", "2026-01-29 00:31:10Z", "2026-01-29T25:00:00Z", "2026-01-29T00:31:10",
          "2026-01-29T00:31:10.5", "2026-01-29T00:31:10+0100", "9999-01-29T00:31:10Z", "-026-01-29T00:31:10Z"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_rfc3339(text).has_value());
    }
}

TEST_CASE("log line: CRI gives time, stream and text") {
    LineJoiner joiner{LineShape::stamped};
    const auto record = joiner.feed("2026-01-29T00:31:10.000000001Z stderr F two  words");
    REQUIRE(record.has_value());
    CHECK(record->time == 1769646670000000001);
    CHECK(record->stream == "stderr");
    CHECK(record->text == "two  words");
}

TEST_CASE("log line: an empty CRI line is an empty line") {
    LineJoiner joiner{LineShape::stamped};
    CHECK(joiner.feed("2026-01-29T00:31:10Z stdout F ")->text.empty());
    CHECK(joiner.feed("2026-01-29T00:31:10Z stdout F")->text.empty());
}

TEST_CASE("log line: pieces are joined under the first one's time, streams apart") {
    LineJoiner joiner{LineShape::stamped};
    CHECK_FALSE(joiner.feed("2026-01-29T00:31:10Z stdout P one ").has_value());
    CHECK_FALSE(joiner.feed("2026-01-29T00:31:11Z stderr P bad ").has_value());
    const auto out = joiner.feed("2026-01-29T00:31:12Z stdout F two");
    REQUIRE(out.has_value());
    CHECK(out->text == "one two");
    CHECK(out->time == 1769646670000000000);
    CHECK(joiner.feed("2026-01-29T00:31:13Z stderr F end")->text == "bad end");
    CHECK_FALSE(joiner.take_unfinished().has_value());
}

TEST_CASE("log line: the last piece of an unfinished line is not lost") {
    LineJoiner joiner{LineShape::stamped};
    CHECK_FALSE(joiner.feed("2026-01-29T00:31:10Z stdout P begun").has_value());
    const auto rest = joiner.take_unfinished();
    REQUIRE(rest.has_value());
    CHECK(rest->text == "begun");
}

TEST_CASE("log line: a line without end is given out at 1 MiB") {
    LineJoiner joiner{LineShape::stamped};
    const std::string piece = "2026-01-29T00:31:10Z stdout P " + std::string(600'000, 'x');
    CHECK_FALSE(joiner.feed(piece).has_value());
    const auto record = joiner.feed(piece);
    REQUIRE(record.has_value());
    CHECK(record->text.size() == 1'200'000);
}

TEST_CASE("log line: JSON gives the same, pieces included") {
    LineJoiner joiner{LineShape::stamped};
    CHECK_FALSE(joiner.feed(R"({"time":"2026-01-29T00:31:10Z","stream":"stdout","partial":true,"line":"a\t"})").has_value());
    const auto record = joiner.feed(R"({"time":"2026-01-29T00:31:11Z","stream":"stdout","line":"b\"c"})");
    REQUIRE(record.has_value());
    CHECK(record->text == "a\tb\"c");
    CHECK(record->time == 1769646670000000000);
}

TEST_CASE("log line: what is in no known form is shown as it is") {
    LineJoiner joiner{LineShape::stamped};
    for (const char* line :
         {"", "plain", "{\"json\": \"of the program\"}", "2026-01-29T00:31:10Z stdout X text", "a stdout F text", "{torn"}) {
        const auto record = joiner.feed(line);
        REQUIRE(record.has_value());
        CHECK(record->text == line);
        CHECK_FALSE(record->time.has_value());
    }
}

TEST_CASE("log line: in a raw log nothing is interpreted") {
    LineJoiner joiner{LineShape::raw};
    const auto record = joiner.feed("2026-01-29T00:31:10Z stdout P text");
    REQUIRE(record.has_value());
    CHECK(record->text == "2026-01-29T00:31:10Z stdout P text");
}

TEST_CASE("log line: a piece is told from a whole line") {
    const auto is_partial = [](std::string_view line, LineShape shape) { return !LineJoiner{shape}.feed(line).has_value(); };
    CHECK(is_partial("2026-01-29T00:31:10Z stdout P text", LineShape::stamped));
    CHECK_FALSE(is_partial("2026-01-29T00:31:10Z stdout F a P b", LineShape::stamped));
    CHECK_FALSE(is_partial("2026-01-29T00:31:10Z stdout P text", LineShape::raw));
    CHECK(is_partial(R"({"time":"2026-01-29T00:31:10Z","stream":"stdout","partial":true,"line":"a"})", LineShape::stamped));
    CHECK_FALSE(is_partial(R"({"time":"2026-01-29T00:31:10Z","stream":"stdout","line":"\"partial\""})", LineShape::stamped));
}

TEST_CASE("log line: its stamp is known without its text") {
    CHECK(stamp_of("2026-01-29T00:31:10.5Z stdout F text") == 1769646670500000000);
    CHECK(stamp_of(R"({"time":"2026-01-29T00:31:10Z","stream":"stdout","line":"cut of)") == 1769646670000000000);
    for (const char* line : {"", "text", "2026-01-29", R"({"time":")", R"({"time":"soon"})", R"({"line":"x"})"}) {
        CAPTURE(line);
        CHECK_FALSE(stamp_of(line).has_value());
    }
}

namespace {

/// What comes out of lines that are fed from the last to the first, in that order.
std::vector<BackwardJoiner::Joined> backwards(const std::vector<std::string>& lines) {
    BackwardJoiner joiner{LineShape::stamped};
    std::vector<BackwardJoiner::Joined> joined;
    const auto take = [&] {
        while (auto one = joiner.take()) joined.push_back(std::move(*one));
    };
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        joiner.feed(*line);
        take();
    }
    joiner.end();
    take();
    return joined;
}

}   // namespace

TEST_CASE("log line: backwards, the same records as forwards, streams apart") {
    const std::vector<std::string> lines{"2026-01-29T00:31:10Z stdout F zero",
                                         "2026-01-29T00:31:11Z stdout P o",
                                         "2026-01-29T00:31:12Z stderr P t",
                                         "2026-01-29T00:31:13Z stdout P n",
                                         "torn",
                                         "2026-01-29T00:31:14Z stdout F e",
                                         "2026-01-29T00:31:15Z stderr F wo",
                                         "2026-01-29T00:31:16Z stdout F three"};
    LineJoiner forwards{LineShape::stamped};
    std::vector<LogRecord> expected;
    for (const auto& line : lines)
        if (auto record = forwards.feed(line)) expected.push_back(std::move(*record));
    const auto joined = backwards(lines);
    REQUIRE(joined.size() == expected.size());
    for (std::size_t i = 0; i < joined.size(); ++i) {
        const auto& record = joined[joined.size() - 1 - i].record;
        CHECK(record.text == expected[i].text);
        CHECK(record.stream == expected[i].stream);
        CHECK(record.time == expected[i].time);
        CHECK(joined[i].finished);
    }
}

TEST_CASE("log line: backwards, a line whose last piece has not come is told apart") {
    const auto joined =
        backwards({"2026-01-29T00:31:10Z stdout F one", "2026-01-29T00:31:11Z stdout P tw", "2026-01-29T00:31:12Z stdout P o"});
    REQUIRE(joined.size() == 2);
    CHECK(joined[0].record.text == "two");
    CHECK_FALSE(joined[0].finished);
    CHECK(joined[1].record.text == "one");
    CHECK(joined[1].finished);
    LineJoiner joiner{LineShape::stamped};
    joiner.resume(joined[0].record);
    CHECK(joiner.feed("2026-01-29T00:31:13Z stdout F !")->text == "two!");
}

TEST_CASE("log line: backwards, a quiet stream does not hold up the other one for ever") {
    BackwardJoiner joiner{LineShape::stamped};
    joiner.feed("2026-01-29T00:31:10Z stderr F quiet");
    std::size_t taken = 0;
    for (int i = 0; i < 5'000; ++i) {
        joiner.feed("2026-01-29T00:31:09Z stdout F loud");
        while (joiner.take()) ++taken;
    }
    CHECK(taken > 3'000);
}

#include "aio/log_format.hpp"
#include "support/catch.hpp"
#include <boost/json/parse.hpp>

using namespace talos;
using Format = config::LogSpec::Format;

namespace {

constexpr std::string_view stamp = "2026-01-29T00:31:10.123456789Z";

std::string line_of(Format format, std::string_view text, aio::LineEnd end = aio::LineEnd::full) {
    std::string out;
    aio::append_line(format, stamp, text, end, out);
    return out;
}

}  // namespace

TEST_CASE("log format: cri is time, stream, tag and text") {
    CHECK(line_of(Format::cri, "hello") == "2026-01-29T00:31:10.123456789Z stdout F hello\n");
    CHECK(line_of(Format::cri, "he", aio::LineEnd::partial) == "2026-01-29T00:31:10.123456789Z stdout P he\n");
    CHECK(line_of(Format::cri, "") == "2026-01-29T00:31:10.123456789Z stdout F \n");
}

TEST_CASE("log format: raw is the line itself") { CHECK(line_of(Format::raw, "a\tb\xff") == "a\tb\xff\n"); }

TEST_CASE("log format: json is valid JSON and UTF-8 whatever the worker wrote") {
    const std::string hostile("\"\\\n\x01\xff\xc3\xa9 end", 11);
    const auto parsed = boost::json::parse(line_of(Format::json, hostile));
    CHECK(parsed.at("time").as_string() == stamp);
    CHECK(parsed.at("stream").as_string() == "stdout");
    CHECK(parsed.at("line").as_string() == "\"\\\n\x01\xef\xbf\xbd\xc3\xa9 end");
    CHECK_FALSE(parsed.as_object().contains("partial"));
    CHECK(boost::json::parse(line_of(Format::json, "x", aio::LineEnd::partial)).at("partial").as_bool());
}

TEST_CASE("log clock: RFC 3339 with nine digits, never going back while the clock does not") {
    aio::LogClock clock;
    const std::string first(clock.now());
    const std::string second(clock.now());
    REQUIRE(first.size() == 30);
    CHECK(first[10] == 'T');
    CHECK(first[19] == '.');
    CHECK(first[29] == 'Z');
    CHECK(first <= second);
}

#include "logs/format/log_format.hpp"
#include "support/catch.hpp"
#include <boost/json/parse.hpp>

using namespace talos;
using Format = config::LogSpec::Format;

namespace {

constexpr std::string_view stamp = "2026-01-29T00:31:10.123456789Z";

std::string line_of(Format format, std::string_view text, logs::LineEnd end = logs::LineEnd::full,
                    logs::Stream stream = logs::Stream::out) {
    std::string out;
    logs::LineFormat(format, stamp, stream).append(text, end, out);
    return out;
}

}   // namespace

TEST_CASE("log format: cri is time, stream, tag and text") {
    CHECK(line_of(Format::cri, "hello") == "2026-01-29T00:31:10.123456789Z stdout F hello\n");
    CHECK(line_of(Format::cri, "he", logs::LineEnd::partial) == "2026-01-29T00:31:10.123456789Z stdout P he\n");
    CHECK(line_of(Format::cri, "oh", logs::LineEnd::full, logs::Stream::err) == "2026-01-29T00:31:10.123456789Z stderr F oh\n");
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
    CHECK(boost::json::parse(line_of(Format::json, "x", logs::LineEnd::partial)).at("partial").as_bool());
}

TEST_CASE("log format: every byte and every pair of bytes gives valid JSON") {
    for (int first = 0; first < 256; ++first) {
        std::string text;
        for (int second = 0; second < 256; ++second) text += {static_cast<char>(first), static_cast<char>(second)};
        boost::system::error_code error;
        const auto parsed = boost::json::parse(line_of(Format::json, text), error);
        CAPTURE(first);
        REQUIRE_FALSE(error);
        if (first < 0x80) CHECK(parsed.at("line").as_string().front() == static_cast<char>(first));
    }
}

TEST_CASE("log format: what was written can be counted from the formatted lines") {
    const auto format = GENERATE(values({Format::cri, Format::raw, Format::json}));
    std::string out;
    logs::LineFormat lines(format, stamp, logs::Stream::err);
    lines.append("hello", logs::LineEnd::full, out);
    lines.append("", logs::LineEnd::full, out);
    auto count = logs::count_lines(format, out);
    CHECK(count.lines == 2);
    CHECK(count.bytes == 7);
    if (format == Format::raw) return;   // it knows no pieces
    lines.append("a piece", logs::LineEnd::partial, out);
    count = logs::count_lines(format, out);
    CHECK(count.lines == 2);
    CHECK(count.bytes == 14);
}

TEST_CASE("log clock: RFC 3339 with nine digits, never going back while the clock does not") {
    logs::LogClock clock;
    const std::string first(clock.now());
    const std::string second(clock.now());
    REQUIRE(first.size() == 30);
    CHECK(first[10] == 'T');
    CHECK(first[19] == '.');
    CHECK(first[29] == 'Z');
    CHECK(first <= second);
}

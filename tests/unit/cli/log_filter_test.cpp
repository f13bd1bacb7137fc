#include "cli/logs/log_filter.hpp"
#include "support/catch.hpp"
#include <string>

using namespace talos::cli;
using talos::logs::LogRecord;

namespace {

LogFilter filter(const std::string& grep, bool ignore_case = false, const std::string& stream = {}) {
    LogsOptions options;
    options.grep = grep;
    options.ignore_case = ignore_case;
    options.stream = stream;
    auto made = LogFilter::make(options);
    REQUIRE(made.has_value());
    return std::move(*made);
}

LogRecord line(const std::string& text, const std::string& stream = "stdout") { return {0, stream, text}; }

}   // namespace

TEST_CASE("log filter: an expression is looked for anywhere in the text") {
    CHECK(filter("")(line("anything")));
    CHECK(filter("o+k")(line("lookkk")));
    CHECK(filter("^(GET|POST) /a\\b")(line("POST /a/b")));
    CHECK_FALSE(filter("^ok$")(line("ok?")));
    CHECK_FALSE(filter("x")(line("")));
    CHECK(filter("^$")(line("")));
}

TEST_CASE("log filter: letters match in both cases only where that was asked for") {
    CHECK_FALSE(filter("error")(line("ERROR")));
    CHECK(filter("error", true)(line("ERROR")));
    CHECK(filter("[a-c]x", true)(line("BX")));
}

TEST_CASE("log filter: streams") {
    CHECK(filter("", false, "stderr")(line("a", "stderr")));
    CHECK_FALSE(filter("", false, "stderr")(line("a", "stdout")));
    CHECK_FALSE(filter("", false, "stderr")(line("a", "")));
    CHECK_FALSE(filter("b", false, "stderr")(line("a", "stderr")));
}

TEST_CASE("log filter: a broken expression is refused in words") {
    for (const char* grep : {"(", "[a", "*", "a{2,1}", "\\"}) {
        LogsOptions options;
        options.grep = grep;
        const auto made = LogFilter::make(options);
        CAPTURE(grep);
        REQUIRE_FALSE(made.has_value());
        CHECK(made.error().message().find(grep) != std::string::npos);
        CHECK(made.error().message().find("not a regular expression") != std::string::npos);
    }
}

TEST_CASE("log filter: a line of a mebibyte overflows nothing, whatever the expression") {
    const auto long_line = line(std::string(1 << 20, 'a'));
    CHECK(filter("(a|b)*$")(long_line));
    CHECK_FALSE(filter("a*c")(line(std::string(1'000, 'a'))));
    CHECK(filter("(.|\\s)+a")(long_line));
    CHECK_FALSE(filter("^(a+)+$")(line(std::string(1 << 20, 'a') + "!")));
    CHECK(filter("^(a+)+!$")(line(std::string(1 << 20, 'a') + "!")));
}

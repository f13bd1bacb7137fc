#include "core/pattern.hpp"
#include "support/catch.hpp"
#include <string>

using namespace talos;

namespace {

bool found(const std::string& pattern, std::string_view text, Pattern::Case letters = Pattern::Case::exact) {
    const auto made = Pattern::make(pattern, letters);
    CAPTURE(pattern);
    REQUIRE(made.has_value());
    return made->found_in(text);
}

std::string complaint(const std::string& pattern) {
    const auto made = Pattern::make(pattern);
    CAPTURE(pattern);
    REQUIRE_FALSE(made.has_value());
    return made.error().message();
}

std::string repeated(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

}   // namespace

TEST_CASE("pattern: what logs are searched for is found") {
    CHECK(found("o+k", "lookkk"));
    CHECK(found("^(GET|POST) /a\\b", "POST /a/b"));
    CHECK(found("\\d{3,5}ms", "took 1234ms"));
    CHECK(found("[[:alpha:]]+\\/\\w\\s\\S\\x41", "abc/x yA"));
    CHECK(found("^$", ""));
    CHECK_FALSE(found("^ok$", "ok?"));
    CHECK(found("(?i)error", "ERROR"));
    CHECK(found("error", "ERROR", Pattern::Case::ignored));
    CHECK_FALSE(found("error", "ERROR"));
}

TEST_CASE("pattern: a text that makes a backtracking engine exponential or quadratic is decided, and rightly") {
    constexpr std::size_t mebibyte = 1 << 20;
    const std::string all(mebibyte, 'a');
    for (const char* hard : {"^(a+)+$", "^(a|aa)+$", "^(a|a)*$", "^([a-z]+)*$", "(.*)*$", "^(a+a+)+$"}) {
        CHECK(found(hard, all));
        if (std::string_view(hard) != "(.*)*$") CHECK_FALSE(found(hard, all + "!"));
    }
    CHECK_FALSE(found("(.*)*x", all));
    CHECK_FALSE(found("a.*a.*[xy]", all));
    CHECK_FALSE(found(repeated("a?", 100) + repeated("a", 100), std::string(99, 'a')));
    CHECK(found(repeated("a?", 100) + repeated("a", 100), std::string(100, 'a')));
}

TEST_CASE("pattern: one that would grow without bound when it is compiled is refused") {
    CHECK(complaint("(a{1000}){1000}").find("repetition") != std::string::npos);
    CHECK(complaint("((((a{10}){10}){10}){10}){10}").find("repetition") != std::string::npos);
    CHECK(complaint(".{1000}").find("too large") != std::string::npos);
    CHECK(complaint("(\\pL{100}){9}").find("large") != std::string::npos);
    CHECK(complaint(std::string(1025, 'a')).find("1024") != std::string::npos);
    (void)complaint(std::string(1024, '('));
    CHECK(complaint("(" + std::string(1000, 'a')).size() < 200);
}

TEST_CASE("pattern: what the engine lacks is named with its place") {
    CHECK(complaint("ready(?=!)") ==
          "the regular expression has \"(?=\" at byte 6: look-ahead and look-behind are not supported");
    CHECK(complaint("a(?!b)").find("\"(?!\" at byte 2: look-ahead") != std::string::npos);
    CHECK(complaint("(?<=a)b").find("at byte 1: look-ahead and look-behind") != std::string::npos);
    CHECK(complaint("(?<!a)b").find("at byte 1: look-ahead and look-behind") != std::string::npos);
    CHECK(complaint("(a)\\1") == "the regular expression has \"\\1\" at byte 4: back references are not supported");
    for (const char* broken : {"(", "[a", "*", "a{2,1}", "\\", "a**"})
        CHECK(complaint(broken).starts_with("not a regular expression: "));
}

TEST_CASE("pattern: characters count, and bytes that are no UTF-8 are one character each") {
    CHECK(found("^caf.$", "caf\xc3\xa9"));
    CHECK(found("\xc3\x89t\xc3\x89", "\xc3\xa9t\xc3\xa9", Pattern::Case::ignored));
    CHECK(found("foo.*bar", "foo\xff\xfe"
                            "bar"));
    CHECK(found("^foo..bar$", "foo\xff\xfe"
                              "bar"));
    CHECK(found("bar", std::string("foo\0bar", 7)));
    CHECK_FALSE(found("bar$", "\xc3"));
    CHECK(found("caf\xe9", "caf\xe9"));   // an expression in Latin-1
    CHECK_FALSE(found("caf\xe9", "cafe"));
}

#include "core/text.hpp"
#include "support/catch.hpp"

#include <array>

using namespace talos;
using Words = std::vector<std::string>;

TEST_CASE("nearest: finds the word that a typing mistake was meant for") {
    constexpr std::array<std::string_view, 5> keys{"command", "cwd", "env", "autostart", "restart"};
    CHECK(nearest("comand", keys) == "command");
    CHECK(nearest("commnad", keys) == "command");
    CHECK(nearest("Command", keys) == "command");
    CHECK(nearest("autoStart", keys) == "autostart");
    CHECK(nearest("cdw", keys) == "cwd");
    CHECK(nearest("restrat", keys) == "restart");
}

TEST_CASE("nearest: nothing when no word is near") {
    constexpr std::array<std::string_view, 3> keys{"command", "cwd", "env"};
    CHECK(nearest("directory", keys).empty());
    CHECK(nearest("", keys).empty());
    CHECK(nearest("e", keys).empty());
    CHECK(nearest("en", keys).empty());
    CHECK(nearest("cxyz", keys).empty());
    CHECK(nearest("command", {}).empty());
    CHECK(nearest(std::string(100'000, 'x'), keys).empty());
}

TEST_CASE("glob: stars, question marks and sets match a whole name") {
    CHECK(glob_match("*", ""));
    CHECK(glob_match("*", "web"));
    CHECK(glob_match("web-*", "web-1"));
    CHECK(glob_match("*-1", "web-1"));
    CHECK(glob_match("w*b*1", "web-b-11"));
    CHECK(glob_match("we?", "web"));
    CHECK(glob_match("web[0-9]", "web7"));
    CHECK(glob_match("web[!0-9]", "webx"));
    CHECK(glob_match("[]]", "]"));
    CHECK(glob_match("[a-]", "-"));
    CHECK(glob_match("web**", "web"));
    CHECK(!glob_match("we?", "we"));
    CHECK(!glob_match("web", "web2"));
    CHECK(!glob_match("eb", "web"));
    CHECK(!glob_match("web[0-9]", "webx"));
    CHECK(!glob_match("web[!0-9]", "web7"));
    CHECK(!glob_match("", "web"));
    CHECK(glob_match("", ""));
}

TEST_CASE("glob: what is no pattern stands for itself") {
    CHECK(glob_match("web.1", "web.1"));
    CHECK(!glob_match("web.1", "webx1"));
    CHECK(glob_match("a[b", "a[b"));
    CHECK(glob_match("a\\b", "a\\b"));
    CHECK(glob_match("a]b", "a]b"));
}

TEST_CASE("glob: many stars do not explode") {
    std::string pattern;
    for (int i = 0; i < 30; ++i) pattern += "*a";
    CHECK(!glob_match(pattern + "b", std::string(1000, 'a')));
    CHECK(glob_match(pattern, std::string(1000, 'a')));
}

TEST_CASE("UTF-8: valid text is left as it is") {
    const std::string text = "plain, \xC3\xA4, \xE2\x82\xAC, \xF0\x9F\x98\x80, \x7F\x01";
    CHECK(valid_utf8(text) == text);
    CHECK(valid_utf8("").empty());
    CHECK(valid_utf8(std::string("\0", 1)) == std::string("\0", 1));
}

TEST_CASE("UTF-8: every byte that belongs to no character becomes U+FFFD") {
    const std::string mark = "\xEF\xBF\xBD";
    CHECK(valid_utf8("a\xFFz") == "a" + mark + "z");
    CHECK(valid_utf8("\xC0\xAF") == mark + mark);                         // overlong
    CHECK(valid_utf8("\xE0\x80\x80") == mark + mark + mark);              // overlong
    CHECK(valid_utf8("\xED\xA0\x80") == mark + mark + mark);              // surrogate
    CHECK(valid_utf8("\xF4\x90\x80\x80") == mark + mark + mark + mark);   // beyond U+10FFFF
    CHECK(valid_utf8("\xE2\x82") == mark + mark);                         // cut off
    CHECK(valid_utf8("\xE2\x82z") == mark + mark + "z");
    CHECK(valid_utf8("\x80") == mark);
}

TEST_CASE("one line: what is not shown as a character stands for itself no more") {
    const std::string mark = "\xEF\xBF\xBD";
    CHECK(in_one_line("plain, \xC3\xA4, \xE2\x82\xAC, \xF0\x9F\x98\x80") == "plain, \xC3\xA4, \xE2\x82\xAC, \xF0\x9F\x98\x80");
    CHECK(in_one_line(std::string_view("a\0b\nc\x1b[2J\x7f", 10)) == "a b c [2J ");
    CHECK(in_one_line("\xC2\x80"
                      "a\xC2\x9B"
                      "2J\xC2\x9F\xC2\xA0") == mark + "a" + mark + "2J" + mark + "\xC2\xA0");   // C1; U+00A0 is a space
    for (const char* hidden :
         {"\u202A", "\u202E", "\u2066", "\u2069", "\u2028", "\u2029", "\u200E", "\u061C", "\uFEFF", "\U000E0041"})
        CHECK(in_one_line(hidden) == mark);
    CHECK(in_one_line("a\xFFz\xE2\x82") == "a" + mark + "z" + mark + mark);
    CHECK(in_one_line("").empty());
}

TEST_CASE("words: split as a shell would") {
    CHECK(split_words("./server --port 8080") == Words{"./server", "--port", "8080"});
    CHECK(split_words("  a \t b\n") == Words{"a", "b"});
    CHECK(split_words("sh -c 'echo  \"hi\" \\n'") == Words{"sh", "-c", "echo  \"hi\" \\n"});
    CHECK(split_words("\"a b\"c'd e'") == Words{"a bcd e"});
    CHECK(split_words("a\\ b") == Words{"a b"});
    CHECK(split_words("\"\\$x \\\" \\\\ \\n\"") == Words{"$x \" \\ \\n"});
    CHECK(split_words("a '' \"\"") == Words{"a", "", ""});
    CHECK(split_words("a\\\nb \\\n c") == Words{"ab", "c"});
    CHECK(split_words("$HOME *.txt ~ a|b") == Words{"$HOME", "*.txt", "~", "a|b"});
    CHECK(split_words("").empty());
    CHECK(split_words("  \n ").empty());
}

TEST_CASE("words: an unfinished quote gives nothing") {
    for (const auto* text : {"a 'b", "a \"b", "a 'b\" c", "a \"b\\\"", "a\\"}) {
        CAPTURE(text);
        CHECK(split_words(text).empty());
    }
}

TEST_CASE("words: joined words are split into the same ones") {
    const Words words = GENERATE(as<Words>{}, Words{"./server", "--port", "8080"}, Words{"a b", "", "'", "\"", "\\", "it's"},
                                 Words{"\n", "\t", "$x", "*", "a\nb\\\n"}, Words{"\xFF\xFE", "\xC3\xA4"}, Words{""}, Words{});
    CHECK(split_words(join_words(words)) == words);
}

TEST_CASE("escaped JSON: what cannot be seen is written out, and means the same") {
    CHECK(escaped_json("{\"a\":\"plain\"}") == "{\"a\":\"plain\"}");
    CHECK(escaped_json("\"\x7f\xc2\x9b\u202e\ufeff\"") == "\"\\u007f\\u009b\\u202e\\ufeff\"");
    CHECK(escaped_json("\"\U000e0041\"") == "\"\\udb40\\udc41\"");
    CHECK(escaped_json("\"caf\u00e9 \u65e5\U0001f600\"") == "\"caf\u00e9 \u65e5\U0001f600\"");
}

TEST_CASE("words: quotes only where needed") {
    const Words words{"./server", "--a=b", "two words", "it's"};
    CHECK(join_words(words) == "./server --a=b 'two words' 'it'\\''s'");
}

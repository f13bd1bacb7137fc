#include "support/catch.hpp"
#include "terminal/width.hpp"
#include <string>

using namespace talos::terminal;

TEST_CASE("width: ASCII takes one column a character") { CHECK(display_width("web-1") == 5); }

TEST_CASE("width: accents one, combining marks none, CJK and emoji two") {
    CHECK(display_width("é") == 1);
    CHECK(display_width("e\u0301") == 1);
    CHECK(display_width("日本") == 4);
    CHECK(display_width("가") == 2);
    CHECK(display_width("😀!") == 3);
    CHECK(display_width("→…") == 2);
    CHECK(display_width("") == 0);
}

TEST_CASE("fit: what fits stays, what is cut ends in an ellipsis") {
    CHECK(fit("hello", 5) == "hello");
    CHECK(fit("hello!", 5) == "hell…");
    CHECK(fit("hello", 1) == "…");
    CHECK(fit("hello", 0) == "");
}

TEST_CASE("fit: a wide character is never cut in half") {
    CHECK(fit("日本語", 4) == "日…");
    CHECK(display_width(fit("日本語", 4)) == 3);
    CHECK(fit("日本語", 5) == "日本…");
}

TEST_CASE("pad: counts columns, not bytes, and never cuts") {
    CHECK(pad("日", 4) == "日  ");
    CHECK(pad("hello", 3) == "hello");
}

TEST_CASE("harmless: plain text and tabs pass") { CHECK(harmless("a\tb é 日", false) == "a\tb é 日"); }

TEST_CASE("harmless: control characters are dropped") {
    CHECK(harmless("a\x01\x07\rb\x7f", false) == "ab");
    CHECK(harmless(std::string("a\0b", 3), false) == "ab");
    CHECK(harmless("a\xc2\x85"
                   "b",
                   false) == "ab");
}

TEST_CASE("harmless: colours stay only where they are wanted") {
    CHECK(harmless("\x1b[1;31mred\x1b[0m", true) == "\x1b[1;31mred\x1b[0m");
    CHECK(harmless("\x1b[1;31mred\x1b[0m", false) == "red");
}

TEST_CASE("harmless: sequences that move, clear, retitle or query the terminal are dropped") {
    CHECK(harmless("a\x1b[2J\x1b[Hb", true) == "ab");
    CHECK(harmless("a\x1b]0;title\ab", true) == "ab");
    CHECK(harmless("a\x1b]0;title\x1b\\b", true) == "ab");
    CHECK(harmless("a\x1bP+q544e\x1b\\b", true) == "ab");
    CHECK(harmless("a\x1b(Bb\x1b=c\x1b"
                   "7d",
                   true) == "abcd");
    CHECK(harmless("a\x1b[?25lb\x1b[>0mc", true) == "abc");
    CHECK(harmless("a\xc2\x9b"
                   "31mb",
                   true) == "ab");
    CHECK(harmless("a\x1b", true) == "a");
    CHECK(harmless("a\x1b[12", true) == "a");
}

TEST_CASE("harmless: an operating system command that never ends does not swallow the line") {
    CHECK(harmless("\x1b]0;open and text", true) == "0;open and text");
}

TEST_CASE("harmless: bytes that are no UTF-8 become replacement characters") {
    CHECK(harmless("a\xff"
                   "b",
                   false) == "a\xef\xbf\xbd"
                             "b");
}

TEST_CASE("harmless: what changes the writing direction, has no form or begins a sequence in C1 is dropped") {
    CHECK(harmless("a\u202e"
                   "b\u2066"
                   "c\u200b"
                   "d\u200f"
                   "e\ufeff"
                   "f\u2028"
                   "g",
                   false) == "abcdefg");
    CHECK(harmless("a\xc2\x9d"
                   "52;c;ZWNobw==\x07"
                   "b",
                   true) == "ab");
    CHECK(harmless("a\xc2\x90"
                   "q\xc2\x9c"
                   "b",
                   true) == "ab");
    CHECK(harmless("a\x1b]52;c;ZWNobw==\x1b\\b", true) == "ab");
    CHECK(harmless("a\x9b"
                   "31mb",
                   true) == "a\xef\xbf\xbd"
                            "31mb");                                        // in a byte of its own it is no UTF-8
    CHECK(harmless("\u270a\u200d\ufe0f", false) == "\u270a\u200d\ufe0f");   // joiners are part of characters
    CHECK(harmless("a\nb", false) == "ab");
    CHECK(harmless_lines("a\x1b[2J\nb\r\n\n\x1b[31mc", false) == "a\nb\n\nc");
    CHECK(harmless_lines("\x1b[31mc\n", true) == "\x1b[31mc\n");
}

TEST_CASE("harmless: a mebibyte of sequences that never end is read once") {
    std::string open;
    std::string shown;
    for (int i = 0; i < 350'000; ++i) {
        open += "\x1b]a";
        shown += "a";
    }
    CHECK(harmless(open, true) == shown);   // a search from each of them would take minutes
}

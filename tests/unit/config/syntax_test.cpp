#include "config/load/parse.hpp"
#include "support/catch.hpp"

using namespace talos::config;

namespace {

const std::string file = "/srv/app/talos.json";

std::string error_of(const std::string& text) {
    const auto errors = parse(text, file).errors;
    INFO(text);
    REQUIRE(errors.size() == 1);
    CHECK(errors.front().pointer.empty());
    return to_text(errors.front(), "f");
}

bool accepted(const std::string& text) { return parse(text, file).errors.empty(); }

}   // namespace

TEST_CASE("config syntax: comments and trailing commas, wherever a blank may stand") {
    CHECK(accepted("// a\n{ /* b */ \"workers\" // c\n : /**/ { }, } // end"));
    CHECK(accepted("{}//"));
    CHECK(accepted("/***/{/* a **/\"workers\":/****/{}}/** b **/"));
    CHECK(accepted("{\"$schema\": \"http://x/*no comment*/\",}"));
    CHECK(accepted(R"({"workers": {"web": {"command": ["x", "y",],},},})"));
    CHECK(accepted("\xEF\xBB\xBF{}"));
    CHECK(accepted("{\r\n}\r\n"));
}

TEST_CASE("config syntax: the error says what was expected, what stands there, and where") {
    CHECK(error_of("") == "f:1:1: expected an object, found the end of the file");
    CHECK(error_of("  \n // only this") == "f:2:14: expected an object, found the end of the file");
    CHECK(error_of("\xEF\xBB\xBF") == "f:1:1: expected an object, found the end of the file");
    CHECK(error_of("{\"a\" 1}") == "f:1:6: expected \":\" after the key, found \"1\"");
    CHECK(error_of("{\n  \"a\": \"x\"\n  \"b\": 2\n}") == "f:3:3: expected \",\" or \"}\", found \"b\"");
    CHECK(error_of("{\"a\": [1 2]}") == "f:1:10: expected \",\" or \"]\", found \"2\"");
    CHECK(error_of("{\"a\": tru}") == "f:1:7: expected a value, found \"tru\"");
    CHECK(error_of("{\"a\": NaN}") == "f:1:7: expected a value, found \"NaN\"");
    CHECK(error_of("{\"a\": -Infinity}") == "f:1:7: expected a value, found \"-Infinity\"");
    CHECK(error_of("{\"a\": 01}") == "f:1:7: expected a value, found \"01\"");
    CHECK(error_of("{\"a\": 1.}") == "f:1:7: expected a value, found \"1.\"");
    CHECK(error_of("{\"a\": ,}") == "f:1:7: expected a value, found \",\"");
    CHECK(error_of("{,}") == "f:1:2: expected a key in double quotes or \"}\", found \",\"");
    CHECK(error_of("{a: 1}") == "f:1:2: expected a key in double quotes or \"}\", found \"a\"");
    CHECK(error_of("{'a': 1}") ==
          "f:1:2: expected a key in double quotes or \"}\", found \"'a'\"; strings stand in double quotes");
    CHECK(error_of("{\"a\": 1]") == "f:1:8: expected \",\" or \"}\", found \"]\"");
    CHECK(error_of("{} {}") == "f:1:4: expected nothing more after the end of the object, found \"{\"");
    CHECK(error_of("}") == "f:1:1: expected an object, found \"}\"");
    CHECK(error_of("{\"a\": 1e99999999999}") == "f:1:7: the number is too large");
}

TEST_CASE("config syntax: what was never closed is told by where it was opened") {
    CHECK(error_of("{\n\"workers\": {\n") ==
          "f:3:1: expected a key in double quotes or \"}\", found the end of the file; \"{\" of line 2 is not closed");
    CHECK(error_of("{\"a\": \"x\n}") == "f:1:7: the string is never closed: expected \" before the end of the line");
    CHECK(error_of("{\"a\": \"x") == "f:1:7: the string is never closed: expected \" before the end of the line");
    CHECK(error_of("{\"a\": \"x\\") == "f:1:7: the string is never closed: expected \" before the end of the line");
    CHECK(error_of("{}\n/* x") == "f:2:1: the comment is never closed: expected */");
    CHECK(error_of("{} /") == "f:1:4: expected nothing more after the end of the object, found \"/\"");
}

TEST_CASE("config syntax: faults inside strings") {
    CHECK(error_of("{\"a\": \"x\ty\"}") == "f:1:9: a control character in a string; write it as \\n, \\t or \\u00XX");
    CHECK(error_of(R"({"a": "C:\dir"})") == R"(f:1:11: unknown escape "\d"; a backslash itself is written \\)");
    CHECK(error_of(R"({"a": "\u12x4"})").starts_with("f:1:12: a fault in the string: expected hex digit"));
    CHECK(error_of(R"({"a": "\ud800"})").find("a fault in the string") != std::string::npos);
    CHECK(error_of(R"({"a": "\udc00"})").find("a fault in the string") != std::string::npos);
    CHECK(error_of("{\"a\": \"\xFF\"}") == "f:1:8: the string is not valid UTF-8");
    CHECK(error_of("{\"a\": \"\xE2\x82\"}").ends_with("the string is not valid UTF-8"));
    CHECK(error_of("{\"a\xC0\xAF\": 1}").ends_with("the string is not valid UTF-8"));
}

TEST_CASE("config syntax: only the syntax error is told, not what else is wrong before it") {
    CHECK(error_of("{\"unknown\": 1,\n\"a\": }") == "f:2:6: expected a value, found \"}\"");
}

TEST_CASE("config syntax: binary rubbish is quoted so that it can be printed") {
    CHECK(error_of(std::string("\x7F"
                               "ELF\x02\x01\x01\0\0",
                               9)) == "f:1:1: expected an object, found \"\\u007fELF\\u0002\\u0001\\u0001\\u0000\\u0000\"");
    CHECK(error_of("\xFF\xFD{\x1B[31m") == "f:1:1: expected an object, found \"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    CHECK(error_of(std::string(1000, '\0')).size() < 400);
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    CHECK(!error_of(all).empty());
}

TEST_CASE("config syntax: 64 levels, not one more") {
    const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
    CHECK(error_of(nested(64)) == "f:1:1: expected an object, found an array");
    CHECK(error_of(nested(65)) == "f:1:65: nested deeper than 64 levels");
    CHECK(error_of(std::string(1'000'000, '[')) == "f:1:65: nested deeper than 64 levels");
    std::string objects;
    for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
    CHECK(error_of(objects).ends_with("nested deeper than 64 levels"));
}

TEST_CASE("config syntax: at most 16 MiB") {
    const std::size_t most = std::size_t{16} << 20;
    CHECK(accepted("{}" + std::string(most - 2, ' ')));
    CHECK(error_of("{}" + std::string(most - 1, ' ')) == "f:1:1: the file has 16777217 bytes; at most 16 MiB are read");
}

TEST_CASE("config syntax: every beginning of a config is an error with a place, never anything worse") {
    const std::string whole = R"({ // c
      "dataDir": "d\u00e4\ud83d\ude00", /* x **/ "workers": {"web": {"command": ["x", "y"], "restart": {"factor": 1.5e0, "limit": 3},
      "autostart": true, "log": "none"}},
    })";
    REQUIRE(accepted(whole));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CAPTURE(length);
        const auto errors = parse(whole.substr(0, length), file).errors;
        REQUIRE(errors.size() == 1);
        CHECK(errors.front().line > 0);
        CHECK(errors.front().column > 0);
        CHECK(!errors.front().message.empty());
    }
}

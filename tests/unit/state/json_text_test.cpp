#include "state/json_text.hpp"
#include "support/catch.hpp"
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

using talos::state::append_json_string;

TEST_CASE("JSON text: every byte comes back through a parser") {
    std::string every;
    for (int byte = 0; byte < 128; ++byte) every += static_cast<char>(byte);
    every += "\xc3\xa4\xe2\x82\xac";   // ä€
    std::string text;
    append_json_string(text, every);
    const auto value = boost::json::parse(text);
    CHECK(std::string_view(value.as_string().data(), value.as_string().size()) == every);
}

TEST_CASE("JSON text: bytes that are no UTF-8 become the replacement character") {
    std::string text;
    append_json_string(text, "a\xff");
    CHECK(text == "\"a\xef\xbf\xbd\"");
}

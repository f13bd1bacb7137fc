#include "daemon/overrides.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace talos::daemon;

TEST_CASE("overrides: what is written is what is read") {
    Overrides overrides;
    CHECK(overrides.empty());
    CHECK(parse_overrides(to_json(overrides)).value() == overrides);
    overrides.disabled = {"db", "web-2"};
    CHECK(to_json(overrides) == "{\"disabled\":[\"db\",\"web-2\"]}\n");
    CHECK(parse_overrides(to_json(overrides)).value() == overrides);
    CHECK(parse_overrides(R"({"disabled": ["a"], "later": 1})").value().disabled.contains("a"));
}

TEST_CASE("overrides: what is no such document is a failure that says what is wrong") {
    CHECK_FALSE(parse_overrides("").has_value());
    CHECK_FALSE(parse_overrides("[]").has_value());
    CHECK(parse_overrides(R"({"disabled": "db"})").error().what == "/disabled: an array of workers' names was expected");
    CHECK_FALSE(parse_overrides(R"({"disabled": [1]})").has_value());
}

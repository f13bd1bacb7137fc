#include "state/overrides.hpp"
#include "support/catch.hpp"

using namespace talos;
using namespace talos::state;

TEST_CASE("overrides: what is written is what is read") {
    Overrides overrides;
    CHECK(overrides.empty());
    CHECK(parse_overrides(to_json(overrides)).value() == overrides);
    overrides.disabled = {"db", "web-2"};
    CHECK(to_json(overrides) == "{\"disabled\":[\"db\",\"web-2\"]}\n");
    CHECK(parse_overrides(to_json(overrides)).value() == overrides);
    overrides.instances = {{"api", 0}, {"web", 1000}};
    CHECK(to_json(overrides) == "{\"disabled\":[\"db\",\"web-2\"],\"instances\":{\"api\":0,\"web\":1000}}\n");
    CHECK(parse_overrides(to_json(overrides)).value() == overrides);
    overrides.disabled.clear();
    CHECK_FALSE(overrides.empty());
}

TEST_CASE("overrides: what a newer talosd has written is kept") {
    auto overrides = parse_overrides(R"({"frozen": {"until": [1, null, "x"]}, "disabled": ["a"]})").value();
    CHECK(overrides.disabled.contains("a"));
    overrides.disabled.clear();
    CHECK_FALSE(overrides.empty());
    CHECK(to_json(overrides) == "{\"frozen\":{\"until\":[1,null,\"x\"]}}\n");
}

TEST_CASE("overrides: what is no such document is a failure that says what is wrong") {
    CHECK_FALSE(parse_overrides("").has_value());
    CHECK_FALSE(parse_overrides("[]").has_value());
    CHECK(parse_overrides(R"({"disabled": "db"})").error().what == "/disabled: an array of workers' names was expected");
    CHECK_FALSE(parse_overrides(R"({"disabled": [1]})").has_value());
    CHECK_FALSE(parse_overrides(std::string(100, '[')).has_value());
    CHECK(parse_overrides(R"({"instances": 3})").error().what ==
          "/instances: an object with a number for each worker was expected");
    for (const char* number : {"1001", "-1", "1.5", "\"3\"", "null", "99999999999999999999"})
        CHECK(parse_overrides(std::string(R"({"instances": {"web": )") + number + "}}").error().what ==
              "/instances/web: a whole number from 0 to 1000 was expected");
}

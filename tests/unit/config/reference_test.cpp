#include "reference/schema.hpp"
#include "reference/tables.hpp"
#include "support/catch.hpp"
#include "support/result_text.hpp"

using namespace talos::reference;

namespace {

std::vector<Section> sections() {
    std::vector<std::string> faults;
    auto all = all_sections(faults);
    CHECK(faults.empty());
    return all;
}

}   // namespace

TEST_CASE("reference: a table has type, default, effect and meaning of each key") {
    const auto all = sections();
    const auto table = table_of(*find_section(all, "restart"));
    CHECK(table.starts_with("| key | type | default | live | meaning |\n|---|---|---|---|---|\n| `policy` | `\"always\"`, "
                            "`\"on-failure\"`, `\"never\"` | `\"on-failure\"` | yes | "));
    CHECK(table.find("\n| `jitter` | number, 0 to 1 | `0.1` | yes | ") != std::string::npos);
    CHECK(table.find("\n| `window` | duration, at least `\"1ms\"` | `\"1m\"` | yes | ") != std::string::npos);
    const auto log = table_of(*find_section(all, "log"));
    CHECK(log.find("\n| `maxLine` | size, `\"1KiB\"` to `\"1MiB\"` | `\"16KiB\"` | no | ") != std::string::npos);
    CHECK(log.find("\n| `keep` | whole number, 0 to 1000 | `5` | yes | ") != std::string::npos);
}

TEST_CASE("reference: the text between the markers of a page is replaced, the rest stays") {
    const auto all = sections();
    const auto step = table_of(*find_section(all, "step"));
    const auto page = with_tables("a\n<!-- keys: step -->\nold\n<!-- end keys -->\nb\n", all);
    REQUIRE(page);
    CHECK(*page == "a\n<!-- keys: step -->\n\n" + step + "\n<!-- end keys -->\nb\n");
    CHECK(*with_tables(*page, all) == *page);
    CHECK(*with_tables("no markers", all) == "no markers");
}

TEST_CASE("reference: an unknown section and a marker without its end are refused") {
    const auto all = sections();
    CHECK(!with_tables("<!-- keys: nonsense -->\n<!-- end keys -->\n", all));
    CHECK(!with_tables("<!-- keys: step -->\n", all));
    CHECK(!with_tables("<!-- keys: step -->\n<!-- keys: log -->\n<!-- end keys -->\n", all));
}

TEST_CASE("reference: a frame that does not fit the tables is refused") {
    const auto all = sections();
    CHECK(schema_of(R"({"properties": {"$keys": "step"}})", all));
    CHECK(!schema_of("{", all));
    CHECK(!schema_of(R"({"properties": {"$keys": "nonsense"}})", all));
    CHECK(!schema_of(R"({"properties": {"$keys": "step", "nonsense": {}}})", all));
    CHECK(!schema_of(R"({"$type": "step.nonsense"})", all));
    CHECK(schema_of(R"({"properties": {"$keys": "step", "wait": {"examples": ["5s"]}}})", all));
    CHECK(!schema_of(R"({"properties": {"$keys": "step", "wait": {"default": "5s"}}})", all));
    CHECK(!schema_of(R"({"properties": {"$keys": "stop"}})", all));   // nothing says what `steps` looks like
}

// The configs and the tables of keys in README.md and config/man against the parser and the schema.
#include "config/load/parse.hpp"
#include "support/manual.hpp"
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <set>

using namespace talos::config;
using namespace talos::test;
namespace json = boost::json;

namespace {

using Keys = std::set<std::string>;

/// Where the schema has the keys of a section.
const std::map<std::string, std::vector<std::string>> sections{
    {"top", {""}},
    {"access", {"/$defs/access"}},
    {"worker", {"/$defs/worker"}},
    {"envFile", {"/$defs/envFile/oneOf/1"}},
    {"rlimits", {"/$defs/worker/properties/rlimits"}},
    {"ready", {"/$defs/ready"}},
    {"health", {"/$defs/health"}},
    {"notify", {"/$defs/worker/properties/notify"}},
    {"dependsOn", {"/$defs/dependency/oneOf/1"}},
    {"hooks", {"/$defs/worker/properties/hooks"}},
    {"hook", {"/$defs/hook/oneOf/1"}},
    {"directories", {"/$defs/worker/properties/directories"}},
    {"directory", {"/$defs/directory/oneOf/1"}},
    {"reload", {"/$defs/worker/properties/reload"}},
    {"restart", {"/$defs/restart"}},
    {"stop", {"/$defs/worker/properties/stop"}},
    {"step", {"/$defs/step"}},
    {"log", {"/$defs/log"}},
    {"inherit", {"/$defs/inherit"}},
};

std::string page() { return repository_file("config/man/talos.json.5.md"); }

/// The examples of a page: what stands between "```json" or "```jsonc" and "```".
std::vector<std::string> configs_in(const std::string& text) {
    std::vector<std::string> found;
    bool inside = false;
    for (const auto& line : lines_of(text)) {
        if (line == "```json" || line == "```jsonc") {
            found.emplace_back();
            inside = true;
        } else if (line == "```") {
            inside = false;
        } else if (inside) {
            found.back() += line + "\n";
        }
    }
    return found;
}

}   // namespace

TEST_CASE("manual: the tables of keys have the keys of the schema") {
    const auto schema = json::parse(repository_file("config/talos.schema.json"));
    for (const auto& [section, places] : sections) {
        CAPTURE(section);
        Keys expected;
        for (const auto& place : places)
            for (const auto& member : schema.at_pointer(place + "/properties").as_object()) expected.emplace(member.key());
        Keys found;
        for (const auto& row : table_between(page(), "<!-- keys: " + section + " -->", "<!-- end keys -->")) {
            REQUIRE(row.size() == 5);
            const auto key = code_in(row[0]);
            REQUIRE(key.size() == 1);
            CHECK(found.insert(key[0]).second);
        }
        CHECK(found == expected);
    }
}

TEST_CASE("manual: every table of keys is one that is compared") {
    std::size_t tables = 0;
    for (const auto& line : lines_of(page())) {
        if (line.starts_with("| key |")) ++tables;
        if (!line.starts_with("<!-- keys: ")) continue;
        const auto name = line.substr(11, line.size() - 11 - 4);
        CAPTURE(name);
        CHECK(sections.contains(name));
    }
    CHECK(tables == sections.size());
}

TEST_CASE("manual: the example configs are valid") {
    std::size_t examples = 0;
    for (const auto* file : {"README.md", "config/man/talos.json.5.md", "config/man/talos-api.7.md"}) {
        for (const auto& config : configs_in(repository_file(file))) {
            CAPTURE(file, config);
            const auto parsed = parse(config, "/srv/app/talos.json");
            CHECK(parsed.errors.empty());
            for (const auto& error : parsed.errors) UNSCOPED_INFO(to_text(error, file));
            ++examples;
        }
    }
    CHECK(examples >= 5);
}
